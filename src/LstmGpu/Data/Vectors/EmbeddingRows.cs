using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using LstmGpu.Formats;

namespace LstmGpu.Data.Vectors;

/// <summary>Collects the rows of an embedding file, checks every word, and keeps those that are wanted.</summary>
/// <param name="path">For messages.</param>
/// <param name="unit">What a message calls a row: <c>line</c> or <c>word</c>.</param>
/// <param name="wanted">Words to keep; null: all.</param>
internal sealed class EmbeddingRows(string path, string unit, IReadOnlySet<string>? wanted)
{
    private readonly List<string> words = [];
    private readonly List<float[]> rows = [];

    // By the first half of SHA-256: 32 bytes a word, however long the words are.
    private readonly Dictionary<UInt128, long> firstSeen = [];

    /// <summary>Words met so far, kept or not.</summary>
    public long Count => firstSeen.Count;

    /// <param name="number">Of the line or word, from 1.</param>
    /// <exception cref="DataException">The word is empty, not UTF-8, or was there before.</exception>
    public void Add(ReadOnlySpan<byte> word, ReadOnlySpan<float> values, long number)
    {
        if (word.IsEmpty || !Utf8.IsValid(word))
        {
            throw Refuse(number, word.IsEmpty ? "has no word before its numbers" : "has a word that is not valid UTF-8", "expected a word in UTF-8");
        }

        string text = Encoding.UTF8.GetString(word);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(word, hash);
        if (!firstSeen.TryAdd(System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash), number))
        {
            long first = firstSeen[System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash)];
            throw Refuse(number, $"has the word {Quote.Name(text)} again, first in {unit} {first}", "expected every word once");
        }

        if (wanted is null || wanted.Contains(text))
        {
            words.Add(text);
            rows.Add(values.ToArray());
        }
    }

    public EmbeddingTable Table(int width) => new(words, rows, width);

    public DataException Refuse(long number, string found, string expected) =>
        new($"embeddings '{path}' {unit} {number} {found}, {expected}; correct the file or use an intact one");
}
