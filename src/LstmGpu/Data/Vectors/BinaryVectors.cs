using System.Buffers.Binary;

namespace LstmGpu.Data.Vectors;

/// <summary>The rows of word2vec's binary format.</summary>
internal static class BinaryVectors
{
    private const int LongestWord = 1 << 12;

    /// <exception cref="DataException">The file ends early, goes on after the last word, or has a number that is not finite.</exception>
    public static void Read(EmbeddingBytes bytes, EmbeddingRows rows, long count, int width, CancellationToken cancel)
    {
        float[] values = new float[width];
        for (long number = 1; number <= count; number++)
        {
            SkipLineFeeds(bytes);
            ReadOnlySpan<byte> row = bytes.Peek(LongestWord + 1 + (4 * width));
            int space = row[..Math.Min(row.Length, LongestWord + 1)].IndexOf((byte)' ');
            if (space < 0)
            {
                throw rows.Refuse(number, row.Length > LongestWord ? $"is longer than {LongestWord} bytes" : "is missing or has no space after it", $"expected {count} words of {width} numbers");
            }

            ReadOnlySpan<byte> numbers = row[(space + 1)..];
            if (numbers.Length < 4 * width)
            {
                throw rows.Refuse(number, $"has {numbers.Length} bytes of numbers before the file ends", $"expected {4L * width}");
            }

            for (int i = 0; i < width; i++)
            {
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(numbers[(4 * i)..]);
                if (!float.IsFinite(values[i]))
                {
                    throw rows.Refuse(number, FormattableString.Invariant($"has {values[i]} as number {i + 1}"), "expected a finite number");
                }
            }

            rows.Add(row[..space], values, number);
            bytes.Advance(space + 1 + (4 * width));
            if (number % 1024 == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }
        }

        SkipLineFeeds(bytes);
        if (!bytes.Peek(1).IsEmpty)
        {
            throw rows.Refuse(count, "is the last that the first line promises, but the file goes on", "expected its end");
        }
    }

    private static void SkipLineFeeds(EmbeddingBytes bytes)
    {
        while (bytes.Peek(1) is [(byte)'\n', ..])
        {
            bytes.Advance(1);
        }
    }
}
