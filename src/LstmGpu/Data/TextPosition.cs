using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data;

/// <summary>Line and column as an editor shows them, both from 1; the column counts characters.</summary>
internal readonly record struct TextPosition(long Line, long Column)
{
    /// <summary>Reads the file again from its start: only an error message needs this, so the pass that finds errors need not count.</summary>
    public static TextPosition Of(SafeFileHandle handle, long offset)
    {
        byte[] block = new byte[1 << 16];
        long line = 1;
        long column = 1;
        for (long start = 0; start < offset;)
        {
            int read = RandomAccess.Read(handle, block.AsSpan(0, (int)Math.Min(block.Length, offset - start)), start);
            if (read == 0)
            {
                break;
            }

            ReadOnlySpan<byte> bytes = block.AsSpan(0, read);
            bool hasMark = start == 0 && bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF]);
            foreach (byte value in hasMark ? bytes[3..] : bytes)
            {
                line += value == '\n' ? 1 : 0;
                column = value == '\n' ? 1 : column + ((value & 0xC0) == 0x80 ? 0 : 1);
            }

            start += read;
        }

        return new TextPosition(line, column);
    }

    public override string ToString() => $"line {Line}, column {Column}";
}
