using System.Globalization;
using System.Text;
using LstmGpu.Formats;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// The lines of GloVe and of word2vec's text format. The last fields of a line are its numbers. What stands before them is the word, which may hold
/// spaces, as some do in GloVe's 840B table, unless its second part is a number: that is a line of another width.
/// </summary>
internal static class TextVectors
{
    /// <summary>Numbers of the widest vector.</summary>
    public const int LargestWidth = 1 << 16;

    /// <param name="count">Words that the header promised; null where there is no header.</param>
    /// <exception cref="DataException">A malformed line, or another number of words than promised.</exception>
    public static void Read(EmbeddingBytes bytes, EmbeddingRows rows, long? count, int width, CancellationToken cancel)
    {
        float[] values = new float[width];
        long first = count is null ? 1 : 2, number = first;
        for (; ; number++)
        {
            ReadOnlySpan<byte> line = bytes.PeekLine(out int length);
            if (length == 0)
            {
                break;
            }

            ReadLine(line, rows, number, values);
            bytes.Advance(length);
            if (number % 1024 == 0)
            {
                cancel.ThrowIfCancellationRequested();
            }
        }

        if (count is { } promised && number - first != promised)
        {
            throw rows.Refuse(1, $"promises {promised} words, the file has {number - first}", "expected as many");
        }
    }

    public static int Fields(ReadOnlySpan<byte> line) => line.IsEmpty ? 0 : line.Count((byte)' ') + 1;

    /// <summary>Further parts of the word of a first line, whose width is not known yet: fields after the first that are no numbers.</summary>
    public static int WordsBeforeNumbers(ReadOnlySpan<byte> line)
    {
        int words = 0, fields = Fields(line);
        for (int field = 1; field < fields - 1 && !IsNumber(Field(line, field)) && IsNumber(Field(line, fields - 1)); field++)
        {
            words++;
        }

        return words;
    }

    private static void ReadLine(ReadOnlySpan<byte> line, EmbeddingRows rows, long number, float[] values)
    {
        int fields = Fields(line), width = values.Length;
        bool another = fields < width + 1 || (fields > width + 1 && IsNumber(Field(line, 1)));
        if (another)
        {
            throw rows.Refuse(number, line.IsEmpty ? "is empty" : $"has {fields - 1} numbers", $"expected a word and {width} numbers");
        }

        ReadOnlySpan<byte> rest = line;
        for (int i = width - 1; i >= 0; i--)
        {
            int space = rest.LastIndexOf((byte)' ');
            ReadOnlySpan<byte> field = rest[(space + 1)..];
            if (!float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !float.IsFinite(values[i]))
            {
                throw rows.Refuse(number, $"has {Quote.Name(Encoding.UTF8.GetString(field))} as number {i + 1}", "expected a finite number such as -0.25");
            }

            rest = rest[..space];
        }

        rows.Add(rest, values, number);
    }

    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int field)
    {
        for (; field > 0; field--)
        {
            line = line[(line.IndexOf((byte)' ') + 1)..];
        }

        int end = line.IndexOf((byte)' ');
        return end < 0 ? line : line[..end];
    }

    private static bool IsNumber(ReadOnlySpan<byte> field) => float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
