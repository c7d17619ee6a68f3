using ILGPU;

namespace LstmGpu.Kernels;

internal static class ForecastLossKernels
{
    public const int Threads = 256;

    /// <summary>losses[n,q] = the pinball loss, predictions[n,q] ← its gradient·gradientScale unless that is 0; both 0 at padded rows. A thread per element.</summary>
    [Kernel(Threads)]
    public static void Quantile(
        ArrayView<int> lengths,         // [B] or empty; a row of length 0 is padding
        ArrayView<float> levels,        // [Q]
        ArrayView<float> predictions,   // [B,H,Q] in: quantiles, out: their gradient
        ArrayView<float> targets,       // [B,H]
        ArrayView<float> losses,        // [B,H,Q]
        int batch,
        int horizon,
        float gradientScale)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < predictions.Length)
        {
            long place = n / levels.Length;
            bool valid = ValidSteps.IsValid(lengths, place, batch, horizon);
            float level = levels[n % levels.Length];
            float x = predictions[n];
            float y = targets[place];
            losses[n] = valid ? ForecastLosses.Quantile(x, y, level) : 0f;
            if (gradientScale != 0f)
            {
                predictions[n] = valid ? ForecastLosses.QuantileGradient(x, y, level) * gradientScale : 0f;
            }
        }
    }

    /// <summary>losses[n] = the negative log-likelihood, predictions[n,:] ← its gradient·gradientScale unless that is 0; both 0 at padded rows. A thread per target.</summary>
    [Kernel(Threads)]
    public static void Gaussian(
        ArrayView<int> lengths,         // [B] or empty; a row of length 0 is padding
        ArrayView<float> predictions,   // [B,H,2] in: µ and log σ, out: their gradient
        ArrayView<float> targets,       // [B,H]
        ArrayView<float> losses,        // [B,H]
        int batch,
        int horizon,
        float gradientScale)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < targets.Length)
        {
            bool valid = ValidSteps.IsValid(lengths, n, batch, horizon);
            float s = predictions[(2 * n) + 1];
            float z = ForecastLosses.Deviation(predictions[2 * n], s, targets[n]);
            losses[n] = valid ? ForecastLosses.Gaussian(z, s) : 0f;
            if (gradientScale != 0f)
            {
                // ∂/∂µ = −z/σ, ∂/∂s = 1 − z².
                predictions[2 * n] = valid ? -(z * DeviceMath.Exp(-s)) * gradientScale : 0f;
                predictions[(2 * n) + 1] = valid ? (1f - (z * z)) * gradientScale : 0f;
            }
        }
    }
}
