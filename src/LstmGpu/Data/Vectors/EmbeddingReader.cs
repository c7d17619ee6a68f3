using System.Globalization;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// Reads files of word vectors, whichever of the three formats they have. The file is streamed: what is held is a block of it, 32 bytes for each word,
/// and the vectors that are wanted.
/// </summary>
internal static class EmbeddingReader
{
    /// <summary>Bytes behind the first line that tell text from binary.</summary>
    private const int Probe = 1 << 10;

    /// <param name="wanted">Words to keep; null keeps all.</param>
    /// <exception cref="DataException">The file is missing, unreadable, empty or malformed; the message has the line, or in a binary file the word.</exception>
    public static EmbeddingTable Read(string path, IReadOnlySet<string>? wanted = null, CancellationToken cancel = default)
    {
        using SafeFileHandle handle = InputFile.Open(path, "embeddings");
        try
        {
            EmbeddingBytes bytes = new(handle, path);
            (EmbeddingFormat format, long count, int width) = Detect(bytes, path);
            EmbeddingRows rows = new(path, format == EmbeddingFormat.Word2VecBinary ? "word" : "line", wanted);
            if (format == EmbeddingFormat.Word2VecBinary)
            {
                BinaryVectors.Read(bytes, rows, count, width, cancel);
            }
            else
            {
                TextVectors.Read(bytes, rows, format == EmbeddingFormat.Glove ? null : count, width, cancel);
            }

            return rows.Table(width);
        }
        catch (Exception failed) when (failed is IOException or NotSupportedException)
        {
            throw new DataException($"embeddings '{path}' could not be read: {failed.Message}; expected a regular file on a sound disk", failed);
        }
    }

    /// <summary>The header is read away; the first row of a file without one is not.</summary>
    private static (EmbeddingFormat Format, long Count, int Width) Detect(EmbeddingBytes bytes, string path)
    {
        bytes.SkipMark();
        ReadOnlySpan<byte> first = bytes.PeekLine(out int length);
        if (length == 0)
        {
            throw new DataException($"embeddings '{path}' is empty, expected word vectors of GloVe or word2vec; use an intact file");
        }

        int fields = TextVectors.Fields(first);
        if (fields == 2 && Header(first) is { } header)
        {
            if (header.Count < 1 || header.Width is < 1 or > TextVectors.LargestWidth)
            {
                throw new DataException(
                    $"embeddings '{path}' line 1 says {header.Count} words of {header.Width} numbers, expected at least 1 word of 1 to {TextVectors.LargestWidth} numbers; use an intact file");
            }

            bytes.Advance(length);
            return (IsText(bytes.Peek(Probe)) ? EmbeddingFormat.Word2Vec : EmbeddingFormat.Word2VecBinary, header.Count, (int)header.Width);
        }

        return fields is >= 2 and <= TextVectors.LargestWidth
            ? (EmbeddingFormat.Glove, 0, fields - 1 - TextVectors.WordsBeforeNumbers(first))
            : throw new DataException($"embeddings '{path}' line 1 has {fields} fields, expected a word and its numbers, or the number of words and their width; use a file of GloVe or word2vec");
    }

    private static (long Count, long Width)? Header(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        return long.TryParse(line[..space], NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            && long.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long width)
            ? (count, width)
            : null;
    }

    // Floats are full of control bytes and of bytes that are no UTF-8. The probe may end within a character.
    private static bool IsText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value < ' ' && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
            {
                return false;
            }
        }

        int cut = 0;
        while (cut < 4 && cut < bytes.Length && !Utf8.IsValid(bytes[..^cut]))
        {
            cut++;
        }

        return cut < 4;
    }
}
