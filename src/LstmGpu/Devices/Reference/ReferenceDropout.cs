using LstmGpu.Kernels;

namespace LstmGpu.Devices.Reference;

/// <summary>Dropout with its mask drawn element by element: element n is word n mod 4 of the Philox block with counter (n/4, step, site).</summary>
internal static class ReferenceDropout
{
    public static bool[] Mask(int length, float probability, DropoutKey key)
    {
        bool[] kept = new bool[length];
        for (long n = 0; n < length; n++)
        {
            uint x0 = (uint)(n >> 2);
            uint x1 = (uint)(n >> 34);
            uint x2 = (uint)key.Step;
            uint x3 = key.Site ^ (uint)(key.Step >> 32);
            CounterRng.Draw((uint)key.Seed, (uint)(key.Seed >> 32), ref x0, ref x1, ref x2, ref x3);
            uint word = (n & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
            kept[n] = CounterRng.ToUnit(word) >= probability;
        }
        return kept;
    }

    public static double[] Apply(double[] x, float probability, DropoutKey key)
    {
        bool[] kept = Mask(x.Length, probability, key);
        double[] y = new double[x.Length];
        for (int n = 0; n < x.Length; n++)
        {
            y[n] = kept[n] ? x[n] / (1 - (double)probability) : 0;
        }
        return y;
    }

    /// <summary>Element n takes the draw for n mod period.</summary>
    public static double[] ApplyPeriodic(double[] x, float probability, DropoutKey key, long period)
    {
        bool[] kept = Mask((int)Math.Min(period, x.Length), probability, key);
        double[] y = new double[x.Length];
        for (int n = 0; n < x.Length; n++)
        {
            y[n] = kept[n % period] ? x[n] / (1 - (double)probability) : 0;
        }
        return y;
    }
}
