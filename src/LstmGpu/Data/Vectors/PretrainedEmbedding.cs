using System.Globalization;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// Vectors of a file for the tokens of a vocabulary. A token is looked up without the space before it, first as it is spelt, then in lower case
/// (invariant), because most published tables hold lower case only. A token that is not found keeps its initial values.
/// </summary>
internal sealed class PretrainedEmbedding
{
    private readonly EmbeddingTable table;
    private readonly int[] rows; // [V] the row of each token, or −1

    private PretrainedEmbedding(string path, ITokenizer tokenizer, string[] words, EmbeddingTable table)
    {
        this.table = table;
        rows = new int[words.Length];
        List<string> missing = [];
        int folded = 0;
        for (int id = 0; id < words.Length; id++)
        {
            int exact = table.Find(words[id]);
            rows[id] = exact >= 0 ? exact : table.Find(Lower(words[id]));
            folded += exact < 0 && rows[id] >= 0 ? 1 : 0;
            if (rows[id] < 0)
            {
                missing.Add(tokenizer.Symbol(id));
            }
        }

        Coverage = new(path, words.Length, words.Length - missing.Count, folded, missing);
    }

    public EmbeddingCoverage Coverage { get; }

    /// <summary>Reads what a vocabulary needs of a file.</summary>
    /// <param name="width">E, numbers of a vector.</param>
    /// <exception cref="DataException">The file is malformed.</exception>
    /// <exception cref="ConfigurationException">Its vectors have another width.</exception>
    public static PretrainedEmbedding Load(string path, ITokenizer tokenizer, int width, CancellationToken cancel = default)
    {
        string[] words = [.. Enumerable.Range(0, tokenizer.Count).Select(id => Word(tokenizer.Symbol(id)))];
        EmbeddingTable table = EmbeddingReader.Read(path, words.Concat(words.Select(Lower)).ToHashSet(StringComparer.Ordinal), cancel);
        return table.Width == width
            ? new(path, tokenizer, words, table)
            : throw new ConfigurationException($"embeddings '{path}' have vectors of {table.Width} numbers, the model's embedding has {width}; use --embedding {table.Width} or another file");
    }

    /// <param name="weight">[V,E], written where a token is found.</param>
    public void Fill(Span<float> weight)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weight.Length, (long)rows.Length * table.Width, nameof(weight));
        for (int id = 0; id < rows.Length; id++)
        {
            if (rows[id] >= 0)
            {
                table.Rows[rows[id]].CopyTo(weight.Slice(id * table.Width, table.Width));
            }
        }
    }

    private static string Word(string symbol) => symbol.Length > 1 && symbol[0] == ' ' ? symbol[1..] : symbol;

    private static string Lower(string word) => word.ToLower(CultureInfo.InvariantCulture);
}

/// <summary>How much of a vocabulary an embedding file holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="Tokens">Of the vocabulary.</param>
/// <param name="Found">Tokens with a vector.</param>
/// <param name="LowerCase">Those of <paramref name="Found"/> that were found in lower case only.</param>
/// <param name="Missing">Tokens without one, in id order.</param>
internal sealed record EmbeddingCoverage(string Path, int Tokens, int Found, int LowerCase, IReadOnlyList<string> Missing);
