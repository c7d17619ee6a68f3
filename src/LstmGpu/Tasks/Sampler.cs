using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>Draws a symbol from logits: temperature, then the K most probable, then the smallest set that reaches P.</summary>
internal sealed class Sampler
{
    // Keeps these draws apart from initialisation and dropout of the same seed.
    private const uint Domain = 0x53414D50;

    private readonly SamplingOptions options;
    private readonly double[] probabilities;
    private readonly int[] order;
    private readonly Comparison<int> byProbability;
    private ulong draws;

    /// <exception cref="ConfigurationException">A value out of its range.</exception>
    public Sampler(SamplingOptions options, int vocabulary)
    {
        Require(double.IsFinite(options.Temperature) && options.Temperature >= 0, "--temperature", options.Temperature, "0 or a positive number");
        Require(options.TopK >= 0, "--top-k", options.TopK, "0 (all) or a positive count");
        Require(options.TopP is > 0 and <= 1, "--top-p", options.TopP, "a number above 0, at most 1");
        this.options = options;
        probabilities = new double[vocabulary];
        order = new int[vocabulary];
        // Ties in order of id: the draw is the same on every machine.
        byProbability = (a, b) => probabilities[a] != probabilities[b] ? probabilities[b].CompareTo(probabilities[a]) : a.CompareTo(b);
    }

    /// <summary>An id; the same sequence for the same seed and logits.</summary>
    public int Draw(ReadOnlySpan<float> logits)
    {
        for (int n = 0; n < order.Length; n++)
        {
            order[n] = n;
            probabilities[n] = logits[n];
        }
        order.AsSpan().Sort(byProbability);
        if (options.Temperature == 0)
        {
            return order[0];
        }
        double kept = Weigh();
        double at = NextUnit() * kept;
        foreach (int id in order)
        {
            at -= probabilities[id];
            if (at < 0)
            {
                return id;
            }
        }
        return order[0];
    }

    // Turns logits into weights, zero outside the nucleus, and returns their sum.
    private double Weigh()
    {
        double max = probabilities[order[0]];
        int limit = options.TopK > 0 ? Math.Min(options.TopK, order.Length) : order.Length;
        double sum = 0;
        for (int n = 0; n < order.Length; n++)
        {
            double weight = n < limit ? Math.Exp((probabilities[order[n]] - max) / options.Temperature) : 0;
            probabilities[order[n]] = weight;
            sum += weight;
        }
        double kept = 0;
        foreach (int id in order)
        {
            if (kept >= options.TopP * sum)
            {
                probabilities[id] = 0;
            }
            kept += probabilities[id];
        }
        return kept;
    }

    private double NextUnit()
    {
        uint x0 = (uint)draws, x1 = (uint)(draws >> 32), x2 = 0, x3 = Domain;
        CounterRng.Draw((uint)options.Seed, (uint)(options.Seed >> 32), ref x0, ref x1, ref x2, ref x3);
        draws++;
        return (x0 + x1 * 4294967296.0) / 18446744073709551616.0;
    }

    private static void Require(bool holds, string flag, double found, string expected)
    {
        if (!holds)
        {
            throw new ConfigurationException(FormattableString.Invariant($"{flag} is {found}, expected {expected}"));
        }
    }
}
