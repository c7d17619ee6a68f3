using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LayerNorm_MatchesReference_ForwardAndBackward(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        // Beyond one block of rows: the second stage has more than one term.
        foreach ((int rows, int width) in AwkwardSizes.Pairs(device).Append((AwkwardSizes.IsSlow(device) ? 257 : 2049, 17)))
        {
            foreach (bool affine in (bool[])[true, false])
            {
                CheckLayerNorm(backend, rows, width, affine);
            }
        }
    }

    internal static void CheckLayerNorm(IBackend backend, int rows, int width, bool affine)
    {
        UniformInputs uniform = new(87);
        float[] x = uniform.Floats(rows * width), dy = uniform.Floats(rows * width), beforeGamma = uniform.Floats(width), beforeBeta = uniform.Floats(width);
        float[] gamma = affine ? uniform.Floats(width) : [], beta = affine ? uniform.Floats(width) : [];
        ReferenceLayerNorm reference = new(rows, width, affine ? gamma.ToDoubles() : null, affine ? beta.ToDoubles() : null);
        (double[] y, double[] mean, double[] inverse) = reference.Forward(x.ToDoubles());
        (double[] dx, double[] dGamma, double[] dBeta) =
            reference.Backward(dy.ToDoubles(), x.ToDoubles(), mean, inverse, beforeGamma.ToDoubles(), beforeBeta.ToDoubles());
        LayerNormTolerances tolerances = new(width, x.ToDoubles(), mean, inverse, largestGradient: 1);
        string call = $"rows={rows} width={width} affine={affine}";

        (float[] actualY, float[] actualMean, float[] actualInverse) = backend.LayerNormForward(rows, width, x, gamma, beta);
        Near.Equal($"y, {call}", y, actualY, tolerances.Y);
        Near.Equal($"mean, {call}", mean, actualMean, tolerances.Mean);
        Near.Equal($"inverse, {call}", inverse, actualInverse, tolerances.Inverse);

        float[] means = Array.ConvertAll(mean, value => (float)value), inverses = Array.ConvertAll(inverse, value => (float)value);
        (float[] actualDX, float[] actualDGamma, float[] actualDBeta) =
            backend.LayerNormBackward(rows, width, dy, x, gamma, means, inverses, beforeGamma, beforeBeta, inPlace: false);
        Near.Equal($"dx, {call}", dx, actualDX, tolerances.DX);
        Near.Equal($"dGamma, {call}", dGamma, actualDGamma, tolerances.DGamma);
        Near.Equal($"dBeta, {call}", dBeta, actualDBeta, Tolerances.BiasGradient(rows));

        (float[] inPlace, float[] sameGamma, _) =
            backend.LayerNormBackward(rows, width, dy, x, gamma, means, inverses, beforeGamma, beforeBeta, inPlace: true);
        Near.SameBits($"dx in place, {call}", actualDX, inPlace);
        Near.SameBits($"dGamma in place, {call}", actualDGamma, sameGamma);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LayerNorm_OfValuesFarFromZero_KeepsTheirDifferences(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        // 4096 ± 1: squares would lose the ones; the mean is exact.
        float[] x = [.. Enumerable.Range(0, 64).Select(n => 4096f + (n % 2 == 0 ? 1 : -1))];

        (float[] y, _, _) = backend.LayerNormForward(1, 64, x, [], []);

        Assert.All(y, (value, n) => Assert.Equal((n % 2 == 0 ? 1 : -1) / Math.Sqrt(1 + 1e-5), value, 1e-6));
    }
}
