namespace LstmGpu.Devices.Reference;

/// <summary>
/// Tolerances of one update by ASGD. With G = |factor·g| + |decay·w|, g is off by 3u·G. w: 1 − λη rounded, its product and the difference are 3u·|w|,
/// and η rounded, its product and the difference 3u·η·G. a + μ·(w − a): w's error, and 4 roundings of either term.
/// </summary>
/// <param name="parameters">As gradients and average: before the update.</param>
internal sealed class AsgdTolerances(float[] parameters, float[] gradients, float factor, float[] average, AsgdStep step)
{
    private const double U = Precision.Rounding;

    public double Parameter(int n) => 3 * U * Math.Abs(parameters[n]) + 6 * U * Update(n) + 1e-30;

    public double Average(int n) => Parameter(n) + 4 * U * (Math.Abs(average[n]) + Math.Abs(parameters[n]) + Update(n));

    private double Update(int n) => step.Eta * (Math.Abs(factor * (double)gradients[n]) + Math.Abs(step.WeightDecay * parameters[n]));
}
