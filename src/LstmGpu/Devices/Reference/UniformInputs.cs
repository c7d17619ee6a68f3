namespace LstmGpu.Devices.Reference;

/// <summary>Test inputs from a fixed-seed generator (SplitMix64), so that a failure shows the same numbers on every machine.</summary>
internal sealed class UniformInputs(ulong seed)
{
    private ulong state = seed * 0x9E3779B97F4A7C15;

    /// <summary>Uniform in [−scale, scale], exact in float32.</summary>
    public float[] Floats(long length, float scale = 1)
    {
        float[] x = new float[length];
        for (long n = 0; n < length; n++)
        {
            x[n] = ((Next() >> 40) * (2f / 16777216f) - 1f) * scale;
        }
        return x;
    }

    /// <summary>Uniform in {0, …, below − 1}.</summary>
    public int[] Integers(int length, int below)
    {
        int[] x = new int[length];
        for (int n = 0; n < length; n++)
        {
            x[n] = (int)((Next() >> 33) % (ulong)below);
        }
        return x;
    }

    private ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

internal static class Precision
{
    /// <summary>Half the spacing of float32 at 1: the largest relative error of one rounding.</summary>
    public const double Rounding = 1.0 / (1 << 24);

    public static double[] ToDoubles(this float[] x) => Array.ConvertAll(x, value => (double)value);
}
