using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Reference;

/// <summary>Central differences of the double-precision losses Σ h·u + Σ h_T·v + Σ c_T·w.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-3;

    /// <summary>Every input tensor of a layer: its name, the analytic gradient to test and the numeric one.</summary>
    public static IEnumerable<(string Name, double[] Analytic, double[] Numeric)> Of(
        LstmInputs inputs,
        LstmGradientValues analytic,
        double[] u,
        double[] v,
        double[] w)
    {
        double Loss() => ReferenceLstm.Loss(inputs, u, v, w);
        yield return ("dX", analytic.DX, Gradient(inputs.X, Loss));
        yield return ("dWeightIh", analytic.DWeightIh, Gradient(inputs.WeightIh, Loss));
        yield return ("dWeightHh", analytic.DWeightHh, Gradient(inputs.WeightHh, Loss));
        yield return ("dBiasIh", analytic.DBiasIh, Gradient(inputs.BiasIh, Loss));
        yield return ("dBiasHh", analytic.DBiasHh, Gradient(inputs.BiasHh, Loss));
        yield return ("dH0", analytic.DH0, Gradient(inputs.H0, Loss));
        yield return ("dC0", analytic.DC0, Gradient(inputs.C0, Loss));
    }

    /// <summary>The same of the general recurrence, without what the inputs do not have.</summary>
    public static IEnumerable<(string Name, double[] Analytic, double[] Numeric)> Of(
        RecurrentInputs inputs, RecurrentGradientValues analytic, RecurrentUpstream upstream, double step)
    {
        double Loss() => ReferenceRecurrence.Loss(inputs, upstream);
        yield return ("dX", analytic.DX, Gradient(inputs.X, Loss, step));
        yield return ("dH0", analytic.DH0, Gradient(inputs.H0, Loss, step));
        yield return ("dC0", analytic.DC0, Gradient(inputs.C0, Loss, step));
        foreach (((string name, double[] values), (_, double[] gradient)) in inputs.Parameters.Named.Zip(analytic.Parameters.Named))
        {
            yield return ($"d{name}", gradient, Gradient(values, Loss, step));
        }
    }

    /// <summary>The gradient of a loss by every element of x, which is changed and put back.</summary>
    public static double[] Gradient(double[] x, Func<double> loss, double step = Step)
    {
        double[] gradient = new double[x.Length];
        for (int n = 0; n < x.Length; n++)
        {
            double centre = x[n];
            double At(double offset)
            {
                x[n] = centre + offset;
                return loss();
            }
            // f' ≈ (8(f(+s) − f(−s)) − (f(+2s) − f(−2s))) / 12s
            gradient[n] = (8 * (At(step) - At(-step)) - (At(2 * step) - At(-2 * step))) / (12 * step);
            x[n] = centre;
        }
        return gradient;
    }
}
