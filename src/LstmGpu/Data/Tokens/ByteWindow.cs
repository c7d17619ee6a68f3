using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Tokens;

/// <summary>A piece of a file that slides over it. Nothing is allocated after construction.</summary>
/// <param name="start">Byte at which the first read begins.</param>
/// <param name="end">Byte at which the file ended when it was checked.</param>
internal sealed class ByteWindow(SafeFileHandle handle, string path, long start, long end, int bufferBytes)
{
    public const int DefaultBytes = 1 << 16;

    private readonly byte[] buffer = new byte[Math.Max(bufferBytes, 2 * TextPieces.Lookahead)];
    private int at, count;
    private long bufferEnd = start; // byte offset in the file that follows the buffer

    /// <summary>Byte offset of <see cref="Rest"/> in the file.</summary>
    public long Offset => bufferEnd - count + at;

    /// <summary>What is in the buffer and was not passed.</summary>
    public ReadOnlySpan<byte> Rest => buffer.AsSpan(at, count - at);

    /// <summary>Makes <see cref="Rest"/> at least so many bytes, or all that is left, and returns its length.</summary>
    /// <exception cref="DataException">The file has become shorter.</exception>
    public int Fill(int bytes)
    {
        if (count - at < bytes && bufferEnd < end)
        {
            buffer.AsSpan(at, count - at).CopyTo(buffer);
            count -= at;
            at = 0;
            while (count < buffer.Length && bufferEnd < end)
            {
                int read = RandomAccess.Read(handle, buffer.AsSpan(count, (int)Math.Min(buffer.Length - count, end - bufferEnd)), bufferEnd);
                if (read == 0)
                {
                    throw Changed();
                }

                count += read;
                bufferEnd += read;
            }
        }

        return count - at;
    }

    public void Advance(int bytes) => at += bytes;

    /// <summary>Moves to a byte; what is in the buffer is used.</summary>
    public void Jump(long offset)
    {
        long bufferStart = bufferEnd - count;
        if (offset >= bufferStart && offset <= bufferEnd)
        {
            at = (int)(offset - bufferStart);
            return;
        }

        at = count = 0;
        bufferEnd = offset;
    }

    public DataException Changed() => new(
        $"data file '{path}' no longer holds the text that was checked when it was opened (near byte {Offset}); leave the file as it is during a run, and start again");
}
