namespace LstmGpu.Devices.Reference;

/// <summary>Layer normalisation in double precision. γ and β may be null: 1 and 0.</summary>
internal sealed record ReferenceLayerNorm(int Rows, int Width, double[]? Gamma, double[]? Beta)
{
    public (double[] Y, double[] Mean, double[] Inverse) Forward(double[] x)
    {
        double[] y = new double[Rows * Width], means = new double[Rows], inverses = new double[Rows];
        for (int r = 0; r < Rows; r++)
        {
            double[] row = x[(r * Width)..((r + 1) * Width)];
            means[r] = row.Average();
            inverses[r] = 1 / Math.Sqrt(row.Average(value => (value - means[r]) * (value - means[r])) + CellOptions.NormEpsilon);
            for (int n = 0; n < Width; n++)
            {
                y[r * Width + n] = (row[n] - means[r]) * inverses[r] * (Gamma?[n] ?? 1) + (Beta?[n] ?? 0);
            }
        }
        return (y, means, inverses);
    }

    /// <summary>dx, and dγ and dβ added to what is there.</summary>
    public (double[] DX, double[] DGamma, double[] DBeta) Backward(
        double[] dy, double[] x, double[] mean, double[] inverse, double[] dGamma, double[] dBeta)
    {
        double[] dx = new double[Rows * Width];
        double[] ofGamma = (double[])dGamma.Clone(), ofBeta = (double[])dBeta.Clone();
        for (int r = 0; r < Rows; r++)
        {
            double sum = 0, product = 0;
            for (int n = 0; n < Width; n++)
            {
                double normal = (x[r * Width + n] - mean[r]) * inverse[r], d = dy[r * Width + n];
                sum += d * (Gamma?[n] ?? 1);
                product += d * (Gamma?[n] ?? 1) * normal;
                ofGamma[n] += d * normal;
                ofBeta[n] += d;
            }
            for (int n = 0; n < Width; n++)
            {
                double normal = (x[r * Width + n] - mean[r]) * inverse[r];
                dx[r * Width + n] = inverse[r] * (dy[r * Width + n] * (Gamma?[n] ?? 1) - sum / Width - normal * product / Width);
            }
        }
        return (dx, ofGamma, ofBeta);
    }
}
