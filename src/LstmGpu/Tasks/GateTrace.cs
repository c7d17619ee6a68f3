using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>Which units of which layer are looked at.</summary>
/// <param name="Layer">From 0.</param>
/// <param name="Units">From 0; empty: the <paramref name="Count"/> whose cell varies most over the text.</param>
/// <param name="Count">Units, where they are not named.</param>
public sealed record GateTraceOptions(int Layer = 0, IReadOnlyList<int>? Units = null, int Count = 6)
{
    /// <summary>Characters that are still a picture.</summary>
    public const int LongestText = 1000;

    internal void RequireFit(ModelOptions model)
    {
        if (Layer < 0 || Layer >= model.Layers)
        {
            throw new ConfigurationException($"--layer {Layer}: the model has {model.Layers}, expected 0 to {model.Layers - 1}");
        }
        foreach (int unit in Units ?? [])
        {
            if (unit < 0 || unit >= model.Hidden)
            {
                throw new ConfigurationException($"--unit {unit}: a layer of the model has {model.Hidden} units, expected 0 to {model.Hidden - 1}");
            }
        }
        if (Count < 1)
        {
            throw new ConfigurationException($"--units {Count}: expected at least 1");
        }
    }
}

/// <summary>Gates and cell of units of one LSTM layer along a text.</summary>
/// <param name="Symbols">The characters, one for each step.</param>
/// <param name="Step">The optimizer step the weights come from.</param>
/// <param name="Units">As asked, or with the most varying first.</param>
public sealed record GateTrace(IReadOnlyList<string> Symbols, long Step, int Layer, IReadOnlyList<UnitTrace> Units)
{
    /// <param name="gates">[T,1,4H], activated.</param>
    /// <param name="cells">[T+1,1,H], with the initial cell first.</param>
    internal static GateTrace Of(IReadOnlyList<string> symbols, long step, float[] gates, float[] cells, GateTraceOptions options)
    {
        int steps = symbols.Count, hidden = cells.Length / (steps + 1);
        float[] Gate(int gate, int unit) => [.. Enumerable.Range(0, steps).Select(t => gates[(((t * Kernels.Gate.Count) + gate) * hidden) + unit])];
        float[] Cell(int unit) => [.. Enumerable.Range(1, steps).Select(t => cells[(t * hidden) + unit])];
        IEnumerable<int> chosen = options.Units is { Count: > 0 } named
            ? named.Distinct()
            : Enumerable.Range(0, hidden).OrderByDescending(unit => UnitTrace.VarianceOf(Cell(unit))).Take(options.Count);
        return new(symbols, step, options.Layer, [.. chosen.Select(unit => new UnitTrace(
            unit,
            Gate(Kernels.Gate.Input, unit),
            Gate(Kernels.Gate.Forget, unit),
            Gate(Kernels.Gate.Cell, unit),
            Gate(Kernels.Gate.Output, unit),
            Cell(unit)))]);
    }
}

/// <summary>One unit: its gates i, f and o from 0 (closed) to 1 (open), its candidate g, and its cell after each step, c = f∘c' + i∘g.</summary>
public sealed record UnitTrace(
    int Unit, IReadOnlyList<float> Input, IReadOnlyList<float> Forget, IReadOnlyList<float> Candidate, IReadOnlyList<float> Output, IReadOnlyList<float> Cell)
{
    /// <summary>Variance of the cell over the text.</summary>
    public double Variance => VarianceOf(Cell);

    internal static double VarianceOf(IReadOnlyList<float> values)
    {
        double mean = values.Average(value => (double)value);
        return values.Average(value => (value - mean) * (value - mean));
    }
}
