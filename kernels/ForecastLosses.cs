namespace LstmGpu.Kernels;

/// <summary>Losses of a predicted distribution and the number that came, for the kernel and for the cpu.</summary>
internal static class ForecastLosses
{
    private const float HalfLogTwoPi = 0.918938533f;

    /// <summary>max(q·(y − x), (q − 1)·(y − x)).</summary>
    public static float Quantile(float x, float y, float level)
    {
        float d = y - x;
        return d > 0f ? level * d : (level - 1f) * d;
    }

    /// <summary>By x; 0 where x is y.</summary>
    public static float QuantileGradient(float x, float y, float level) => x < y ? -level : x > y ? 1f - level : 0f;

    /// <summary>(y − µ)/σ with s = log σ.</summary>
    public static float Deviation(float mean, float logDeviation, float y) => (y - mean) * DeviceMath.Exp(-logDeviation);

    /// <summary>z²/2 + s + ½·log 2π.</summary>
    public static float Gaussian(float deviation, float logDeviation) => (0.5f * deviation * deviation) + (logDeviation + HalfLogTwoPi);
}
