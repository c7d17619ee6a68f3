using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void QuantileLoss_MatchesReference_AndIsZeroWherePadded(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (ReferenceForecastLoss shape in AwkwardSizes.Forecasts(device))
        {
            float[] levels = [0.05f, 0.5f, 0.9f], y = Draw(98, shape.Count);
            float[] x = [.. new UniformInputs(97).Floats(3 * shape.Count, 2).Select((value, n) => shape.IsValid(n / 3) ? value : float.NaN)];
            (double[] losses, double[] gradient) = shape.Quantile(levels.ToDoubles(), x.ToDoubles(), y.ToDoubles(), 0.5);
            (float[] actual, float[] actualGradient) = backend.QuantileLoss(shape, levels, x, y, 0.5f);
            Near.Equal($"losses {shape}", losses, actual, Tolerances.QuantileLoss(3, x, y));
            Near.Equal($"gradient {shape}", gradient, actualGradient, _ => Tolerances.QuantileGradient(0.5));

            (float[] evaluated, float[] after) = backend.QuantileLoss(shape, levels, x, y, 0);
            Near.SameBits($"without gradient {shape}", actual, evaluated);
            Near.SameBits($"predictions {shape}", x, after);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void GaussianLoss_MatchesReference_AndIsZeroWherePadded(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (ReferenceForecastLoss shape in AwkwardSizes.Forecasts(device))
        {
            float[] y = Draw(100, shape.Count);
            float[] x = [.. new UniformInputs(99).Floats(2 * shape.Count, 2).Select((value, n) => shape.IsValid(n / 2) ? value : float.NaN)];
            (double[] losses, double[] gradient) = shape.Gaussian(x.ToDoubles(), y.ToDoubles(), 0.5);
            (float[] actual, float[] actualGradient) = backend.GaussianLoss(shape, x, y, 0.5f);
            Near.Equal($"losses {shape}", losses, actual, Tolerances.GaussianLoss(x, y));
            Near.Equal($"gradient {shape}", gradient, actualGradient, Tolerances.GaussianGradient(x, y, 0.5));

            (float[] evaluated, float[] after) = backend.GaussianLoss(shape, x, y, 0);
            Near.SameBits($"without gradient {shape}", actual, evaluated);
            Near.SameBits($"predictions {shape}", x, after);
        }
    }
}
