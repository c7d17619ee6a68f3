using System.Globalization;
using LstmGpu.Kernels;

namespace LstmGpu.Data;

/// <summary>
/// The adding problem (Hochreiter and Schmidhuber 1997, in the form of Arjovsky et al. 2016): each step has a value drawn from [0, 1) and a marker; two
/// markers are 1, one in each half, and the sum of the two values there is asked for at the end. Always answering 1 has a mean squared error of 1/6.
/// Sequence n is a pure function of seed, length and n.
/// </summary>
internal static class AddingProblem
{
    /// <summary>The lines of a CSV file, the header first.</summary>
    public static IEnumerable<string> Lines(long seed, int sequences, int length)
    {
        yield return "sequence,value,marker,sum";
        for (int n = 0; n < sequences; n++)
        {
            int half = length / 2;
            int first = (int)(Draw(seed, n, (uint)length) * half), second = half + (int)(Draw(seed, n, (uint)length + 1) * (length - half));
            double[] values = [.. Enumerable.Range(0, length).Select(t => Math.Round(Draw(seed, n, (uint)t), 6))];
            string sum = Text(values[first] + values[second]);
            for (int t = 0; t < length; t++)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{n},{Text(values[t])},{(t == first || t == second ? 1 : 0)},{sum}");
            }
        }
    }

    /// <summary>An even draw from [0, 1).</summary>
    internal static double Draw(long seed, int sequence, uint draw)
    {
        uint x0 = draw, x1 = (uint)sequence, x2 = 1, x3 = 0;
        CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref x0, ref x1, ref x2, ref x3);
        return x0 / 4294967296.0;
    }

    private static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
