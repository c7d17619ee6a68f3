using System.Globalization;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Data.Vectors;

/// <summary>
/// Vectors of a file for the tokens of a vocabulary. A token is looked up without the space before it, first as it is spelt, then in lower case
/// (invariant), because most published tables hold lower case only. A token that is not found keeps its initial values.
/// </summary>
internal static class PretrainedEmbedding
{
    /// <param name="weight">[V,E], written where a token is found.</param>
    /// <param name="width">E.</param>
    /// <exception cref="DataException">The file is malformed.</exception>
    /// <exception cref="ConfigurationException">Its vectors have another width.</exception>
    public static EmbeddingCoverage Fill(string path, ITokenizer tokenizer, Span<float> weight, int width, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weight.Length, (long)tokenizer.Count * width, nameof(weight));
        string[] words = [.. Enumerable.Range(0, tokenizer.Count).Select(id => Word(tokenizer.Symbol(id)))];
        EmbeddingTable table = EmbeddingReader.Read(path, words.Concat(words.Select(Lower)).ToHashSet(StringComparer.Ordinal), cancel);
        if (table.Width != width)
        {
            throw new ConfigurationException($"embeddings '{path}' have vectors of {table.Width} numbers, the model's embedding has {width}; use --embedding {table.Width} or another file");
        }

        List<string> missing = [];
        int folded = 0;
        for (int id = 0; id < words.Length; id++)
        {
            int exact = table.Find(words[id]), row = exact >= 0 ? exact : table.Find(Lower(words[id]));
            if (row < 0)
            {
                missing.Add(tokenizer.Symbol(id));
                continue;
            }

            folded += exact >= 0 ? 0 : 1;
            table.Rows[row].CopyTo(weight.Slice(id * width, width));
        }

        return new(words.Length, words.Length - missing.Count, folded, missing);
    }

    private static string Word(string symbol) => symbol.Length > 1 && symbol[0] == ' ' ? symbol[1..] : symbol;

    private static string Lower(string word) => word.ToLower(CultureInfo.InvariantCulture);
}

/// <summary>How much of a vocabulary an embedding file holds.</summary>
/// <param name="Tokens">Of the vocabulary.</param>
/// <param name="Found">Tokens with a vector.</param>
/// <param name="LowerCase">Those of <paramref name="Found"/> that were found in lower case only.</param>
/// <param name="Missing">Tokens without one, in id order.</param>
internal sealed record EmbeddingCoverage(int Tokens, int Found, int LowerCase, IReadOnlyList<string> Missing);
