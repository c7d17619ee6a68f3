namespace LstmGpu.Data;

/// <summary>
/// Words or characters in id order, and one id more, the last, for every token that is not among them. Only tokens seen
/// often enough in training have an id of their own: the rarer ones train the vector of the unknown.
/// </summary>
internal sealed class TokenVocabulary
{
    private readonly string[] tokens;
    private readonly Dictionary<string, int> idOf;

    private TokenVocabulary(string[] tokens)
    {
        this.tokens = tokens;
        idOf = tokens.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id, StringComparer.Ordinal);
    }

    /// <summary>Number of ids, V: the tokens and the unknown.</summary>
    public int Count => tokens.Length + 1;

    /// <summary>The id of a token that is not among them: V − 1.</summary>
    public int Unknown => tokens.Length;

    /// <summary>Sorts the tokens that occur <paramref name="minimumCount"/> times or more; there may be none.</summary>
    /// <param name="tokens">Every token of the training part, as often as it occurs.</param>
    /// <param name="minimumCount">With 1 no training token is unknown, and the unknown keeps its initial vector; 2 is the least that trains it.</param>
    public static TokenVocabulary FromTraining(IEnumerable<string> tokens, int minimumCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        return new([.. tokens.CountBy(token => token, StringComparer.Ordinal).Where(pair => pair.Value >= minimumCount)
            .Select(pair => pair.Key).Order(StringComparer.Ordinal)]);
    }

    /// <summary>Reads a JSON array of distinct strings: all ids but the unknown, in order.</summary>
    /// <exception cref="DataException">The file cannot be read or is no such array.</exception>
    public static TokenVocabulary Load(string path) => new(LabelVocabulary.ReadStrings(path, "token vocabulary"));

    /// <summary>A JSON array that <see cref="Load"/> reads back.</summary>
    public byte[] ToJson() => LabelVocabulary.WriteStrings(tokens);

    /// <summary>The ids of a sequence of tokens.</summary>
    public int[] Encode(IReadOnlyList<string> sequence) => [.. sequence.Select(token => idOf.GetValueOrDefault(token, Unknown))];

    public string Symbol(int id) => id == Unknown ? "<unk>" : tokens[id];
}
