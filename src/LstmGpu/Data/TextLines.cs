using System.Buffers;
using System.Text;
using System.Text.Unicode;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// The lines of a UTF-8 file, read forward once. A line ends with LF; what stands before the LF is kept, CR too (<see cref="WithoutReturn"/> takes it
/// away). A byte order mark at the start is no text, and the last line needs no LF.
/// </summary>
internal sealed class TextLines(Stream stream, string name) : IDisposable
{
    private const int BlockBytes = 1 << 16;
    private const int LongestLine = 64 << 20;

    private readonly byte[] block = new byte[BlockBytes];
    private readonly ArrayBufferWriter<byte> pending = new();
    private int at;
    private int filled;
    private bool ended;

    /// <summary>What messages call the file.</summary>
    public string Name { get; } = name;

    /// <summary>The line read last, from 1.</summary>
    public long Number { get; private set; }

    /// <exception cref="DataException">The file is missing, a directory, or may not be read.</exception>
    public static TextLines Open(string path, string what) => new(InputFile.OpenStream(path, what), path);

    public static string WithoutReturn(string line) => line.EndsWith('\r') ? line[..^1] : line;

    /// <summary>The next line, or null after the last.</summary>
    /// <exception cref="DataException">The line is not UTF-8 text, is longer than 64 MiB, or cannot be read.</exception>
    public string? Next()
    {
        pending.ResetWrittenCount();
        Number++;
        while (true)
        {
            if (at == filled && !Fill())
            {
                return pending.WrittenCount > 0 ? Text(pending.WrittenSpan) : null;
            }

            ReadOnlySpan<byte> rest = block.AsSpan(at, filled - at);
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? rest : rest[..end];
            at += part.Length + (end < 0 ? 0 : 1);
            if (end >= 0 && pending.WrittenCount == 0)
            {
                return Text(part);
            }

            Keep(part);
            if (end >= 0)
            {
                return Text(pending.WrittenSpan);
            }
        }
    }

    /// <summary>The lines from here to the end, without LF or CRLF.</summary>
    /// <inheritdoc cref="Next"/>
    public IEnumerable<string> All()
    {
        while (Next() is { } line)
        {
            yield return WithoutReturn(line);
        }
    }

    /// <summary>An error at a line of this file: what was found there, what was expected and what to do.</summary>
    public DataException Refuse(long line, string found) => new($"{Quote.Name(Name)}, line {line}: {found}");

    public void Dispose() => stream.Dispose();

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (part.Length > LongestLine - pending.WrittenCount)
        {
            throw Refuse(Number, $"found a line of more than {LongestLine >> 20} MiB, expected text in lines; check that this is the right file");
        }

        pending.Write(part);
    }

    private bool Fill()
    {
        if (ended)
        {
            return false;
        }

        try
        {
            (at, filled) = (0, stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException($"{Quote.Name(Name)} could not be read beyond line {Number - 1}: {failed.Message}; check the disk and read again", failed);
        }

        ended = filled < block.Length;
        return filled > 0;
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        if (Number == 1)
        {
            bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        }

        if (bytes.Contains((byte)0))
        {
            throw Refuse(Number, "found a NUL byte, expected UTF-8 text: the file is binary or UTF-16; convert it to UTF-8, for instance with iconv");
        }

        if (!Utf8.IsValid(bytes))
        {
            throw NotUtf8(bytes);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private DataException NotUtf8(ReadOnlySpan<byte> bytes)
    {
        int column = 1;
        int size;
        while (Rune.DecodeFromUtf8(bytes, out _, out size) == OperationStatus.Done)
        {
            bytes = bytes[size..];
            column++;
        }

        return Refuse(
            Number,
            $"found the bytes {Convert.ToHexString(bytes[..size])} at column {column}, expected UTF-8; convert the file to UTF-8, for instance with iconv");
    }
}
