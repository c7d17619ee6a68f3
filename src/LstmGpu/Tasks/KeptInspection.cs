using LstmGpu.Reporting;

namespace LstmGpu.Tasks;

/// <summary><c>inspection.json</c>: what a report shows of the inside of a model and cannot read from the other files.</summary>
/// <param name="Step">Whose weights were looked at.</param>
/// <param name="Frequent">Tokens, the most frequent first: in what a language model wrote, or in the held-out data of labels.</param>
/// <param name="Gates">Along the beginning of what a language model wrote; null: another task, or a cell without gates.</param>
internal sealed record KeptInspection(long Step, IReadOnlyList<string> Frequent, KeptGates? Gates)
{
    private const int MostFrequent = 200;

    /// <summary>The most frequent of these tokens, of equals the first.</summary>
    public static IReadOnlyList<string> MostOf(IEnumerable<string> tokens) =>
        [.. tokens.CountBy(token => token, StringComparer.Ordinal).OrderByDescending(pair => pair.Value).Take(MostFrequent).Select(pair => pair.Key)];
}

/// <summary>Gates of units of one layer along a text.</summary>
/// <param name="Cell">As <c>model.cell</c> spells it.</param>
internal sealed record KeptGates(string Cell, int Layer, IReadOnlyList<string> Symbols, IReadOnlyList<GateMapUnit> Units)
{
    /// <summary>Three lines of a heat map.</summary>
    public const int MostTokens = 72;

    /// <summary>Units whose state varies most.</summary>
    public const int Count = 4;
}
