namespace LstmGpu.Devices.Reference;

/// <summary>Losses of predicted distributions in double precision.</summary>
/// <param name="Lengths">[B] or empty; a row of length 0 has no part.</param>
internal sealed record ReferenceForecastLoss(int B, int H, int[] Lengths)
{
    public int Count => B * H;

    public bool IsValid(int n) => Lengths.Length == 0 || Lengths[n / H] > 0;

    /// <param name="x">[B,H,Q].</param>
    public (double[] Losses, double[] Gradient) Quantile(double[] levels, double[] x, double[] y, double scale)
    {
        double[] losses = new double[x.Length], gradient = new double[x.Length];
        for (int n = 0; n < x.Length; n++)
        {
            double q = levels[n % levels.Length], d = y[n / levels.Length] - x[n];
            if (IsValid(n / levels.Length))
            {
                losses[n] = Math.Max(q * d, (q - 1) * d);
                gradient[n] = scale * (d > 0 ? -q : d < 0 ? 1 - q : 0);
            }
        }
        return (losses, gradient);
    }

    /// <param name="x">[B,H,2]: µ and log σ.</param>
    public (double[] Losses, double[] Gradient) Gaussian(double[] x, double[] y, double scale)
    {
        double[] losses = new double[Count], gradient = new double[2 * Count];
        for (int n = 0; n < Count; n++)
        {
            double sigma = Math.Exp(x[2 * n + 1]), z = (y[n] - x[2 * n]) / sigma;
            if (IsValid(n))
            {
                losses[n] = z * z / 2 + x[2 * n + 1] + Math.Log(2 * Math.PI) / 2;
                (gradient[2 * n], gradient[2 * n + 1]) = (-scale * z / sigma, scale * (1 - z * z));
            }
        }
        return (losses, gradient);
    }

    public override string ToString() => $"B={B} H={H}{(Lengths.Length == 0 ? "" : $" lengths {string.Join(',', Lengths)}")}";
}
