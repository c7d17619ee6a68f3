using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LstmGpu.Formats;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// Writes tables that <see cref="EmbeddingReader"/> and other programs read; a number has as many digits as it takes to read it back unchanged.
/// The formats part words by spaces and lines, so a space in a word is written <c>▁</c>, as SentencePiece does, other white space and controls as
/// <c>\u000A</c>.
/// </summary>
internal static class EmbeddingWriter
{
    /// <exception cref="DataException">The file system refused, or two words are written alike.</exception>
    public static void Write(string path, EmbeddingTable table, EmbeddingFormat format)
    {
        string[] words = [.. table.Words.Select(Word)];
        if (words.GroupBy(word => word).FirstOrDefault(group => group.Count() > 1) is { } alike)
        {
            throw new DataException($"two words of the table would both be written {Quote.Name(alike.Key)} to '{path}', expected distinct words; use a vocabulary without '▁' or '\\'");
        }

        DurableFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(format == EmbeddingFormat.Glove ? "" : string.Create(CultureInfo.InvariantCulture, $"{words.Length} {table.Width}\n")));
            for (int row = 0; row < words.Length; row++)
            {
                stream.Write(format == EmbeddingFormat.Word2VecBinary ? Binary(words[row], table.Rows[row]) : Text(words[row], table.Rows[row]));
            }
        });
    }

    /// <summary>A word as it is written and shown.</summary>
    public static string Word(string word) => string.Concat(word.Select(unit => unit switch
    {
        ' ' => "▁",
        _ when char.IsWhiteSpace(unit) || char.IsControl(unit) => $"\\u{(int)unit:X4}",
        _ => unit.ToString(),
    }));

    private static byte[] Text(string word, float[] values) =>
        Encoding.UTF8.GetBytes($"{word} {string.Join(' ', values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}\n");

    private static byte[] Binary(string word, float[] values)
    {
        byte[] numbers = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(4 * i), values[i]);
        }

        return [.. Encoding.UTF8.GetBytes(word), (byte)' ', .. numbers, (byte)'\n'];
    }
}
