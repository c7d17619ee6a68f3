using System.Text;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Vectors;

/// <summary>The bytes of an embedding file in order, through a buffer that is as large as the longest line or vector that is legal.</summary>
internal sealed class EmbeddingBytes(SafeFileHandle handle, string path)
{
    /// <summary>Bytes of the longest line: a word and 65,536 numbers of 16 digits fit.</summary>
    public const int LongestLine = 1 << 21;

    private byte[] buffer = new byte[1 << 18];
    private int at, count;
    private long fileOffset;
    private bool ended;

    /// <summary>At least so many bytes, or all that is left.</summary>
    public ReadOnlySpan<byte> Peek(int bytes)
    {
        if (count - at < bytes && !ended)
        {
            Fill(bytes);
        }

        return buffer.AsSpan(at, count - at);
    }

    public void Advance(int bytes) => at += bytes;

    /// <summary>The next line without its end, which is LF or CRLF, and without spaces after its last field.</summary>
    /// <param name="length">Bytes of the line with its end; 0 at the end of the file.</param>
    /// <exception cref="DataException">The line is longer than <see cref="LongestLine"/>.</exception>
    public ReadOnlySpan<byte> PeekLine(out int length)
    {
        for (int wanted = 1 << 12; ; wanted *= 2)
        {
            ReadOnlySpan<byte> bytes = Peek(wanted);
            int end = bytes.IndexOf((byte)'\n');
            if (end >= 0 || bytes.Length < wanted)
            {
                length = end >= 0 ? end + 1 : bytes.Length;
                return bytes[..(end >= 0 ? end : bytes.Length)].TrimEnd(" \r"u8);
            }

            if (wanted >= LongestLine)
            {
                throw new DataException($"embeddings '{path}' has a line of more than {LongestLine} bytes (near byte {fileOffset}), expected a word and its numbers; use a file of GloVe or word2vec");
            }
        }
    }

    /// <summary>Passes a byte order mark.</summary>
    public void SkipMark() => at += Peek(3).StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;

    private void Fill(int bytes)
    {
        byte[] target = bytes > buffer.Length ? new byte[bytes] : buffer;
        buffer.AsSpan(at, count - at).CopyTo(target);
        (buffer, count, at) = (target, count - at, 0);
        while (count < buffer.Length && !ended)
        {
            int read = RandomAccess.Read(handle, buffer.AsSpan(count), fileOffset);
            ended = read == 0;
            count += read;
            fileOffset += read;
        }
    }
}
