namespace LstmGpu.Data.Vectors;

/// <summary>Words and their vectors.</summary>
internal sealed class EmbeddingTable
{
    private readonly Dictionary<string, int> rowOf;

    /// <param name="words">Distinct, one for each row.</param>
    /// <param name="rows">Vectors of <paramref name="width"/> numbers each.</param>
    public EmbeddingTable(IReadOnlyList<string> words, IReadOnlyList<float[]> rows, int width)
    {
        (Words, Rows, Width) = (words, rows, width);
        ByFrequency = [.. Enumerable.Range(0, words.Count)];
        rowOf = new(words.Count, StringComparer.Ordinal);
        for (int row = 0; row < words.Count; row++)
        {
            rowOf.Add(words[row], row);
        }
    }

    public IReadOnlyList<string> Words { get; }

    public IReadOnlyList<float[]> Rows { get; }

    /// <summary>Numbers of a vector.</summary>
    public int Width { get; }

    /// <summary>Rows in the order in which a few of them are best shown: as they stand, unless the table's source knows what is frequent.</summary>
    public IReadOnlyList<int> ByFrequency { get; init; }

    /// <summary>The row of a word, or −1.</summary>
    public int Find(string word) => rowOf.GetValueOrDefault(word, -1);
}
