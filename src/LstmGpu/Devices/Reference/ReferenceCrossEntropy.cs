namespace LstmGpu.Devices.Reference;

/// <summary>Softmax cross-entropy with its options in double precision: Σ_v q[v]·(−log p[v]), q[v] = (1−ε)·w[v] at the target + ε/V·w[v].</summary>
/// <param name="Weights">[V] or null: 1.</param>
internal sealed record ReferenceCrossEntropy(int Vocabulary, int? IgnoreIndex, double Smoothing, double[]? Weights, double Scale)
{
    public double Weight(int v) => Weights?[v] ?? 1;

    /// <summary>Losses [R], the gradient [R,V] of gradientScale · Σ losses, and the softmax [R,V].</summary>
    public (double[] Losses, double[] Gradient, double[] Softmax) Of(double[] logits, int[] targets, double gradientScale)
    {
        double[] losses = new double[targets.Length];
        double[] gradient = new double[logits.Length];
        double[] softmax = new double[logits.Length];
        for (int r = 0; r < targets.Length; r++)
        {
            ReadOnlySpan<double> row = logits.AsSpan(r * Vocabulary, Vocabulary);
            double largest = double.NegativeInfinity;
            foreach (double logit in row)
            {
                largest = Math.Max(largest, logit);
            }
            double sum = 0;
            foreach (double logit in row)
            {
                sum += Math.Exp(logit - largest);
            }
            for (int v = 0; v < Vocabulary; v++)
            {
                double q = Share(targets[r], v);
                losses[r] += Scale * q * (largest + Math.Log(sum) - row[v]);
                softmax[r * Vocabulary + v] = Math.Exp(row[v] - largest) / sum;
                for (int n = 0; n < Vocabulary; n++)
                {
                    // ∂(−log p[v])/∂z[n] = p[n] − [n = v]
                    double p = Math.Exp(row[n] - largest) / sum;
                    gradient[r * Vocabulary + n] += gradientScale * Scale * q * (p - (n == v ? 1 : 0));
                }
            }
        }
        return (losses, gradient, softmax);
    }

    public double TargetWeight(int[] targets) => targets.Sum(target => target == IgnoreIndex ? 0 : Weight(target));

    private double Share(int target, int v) =>
        target == IgnoreIndex ? 0 : Weight(v) * ((v == target ? 1 - Smoothing : 0) + Smoothing / Vocabulary);
}
