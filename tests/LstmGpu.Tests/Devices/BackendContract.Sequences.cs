using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Pool_ReducesTheValidSteps_AndGivesThemTheGradient(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (ReferenceSequences shape in AwkwardSizes.Sequences(device))
        {
            // Few distinct values: the largest occurs more than once. Padded steps are NaN.
            float[] x = [.. new UniformInputs(89).Integers(shape.Count, 5).Select((value, n) => shape.IsValid(n) ? value - 6f : float.NaN)];
            float[] dy = Draw(90, shape.B * shape.H), before = Draw(91, shape.Count);
            foreach (Pooling pooling in Enum.GetValues<Pooling>())
            {
                (double[] y, int[] places) = shape.Pool(pooling, x.ToDoubles());
                (float[] actual, int[] actualPlaces) = backend.PoolForward(pooling, shape, x);
                Near.Equal($"{pooling} {shape}", y, actual, n => pooling == Pooling.Mean ? 6 * Tolerances.PoolMean : 0);
                if (pooling == Pooling.Max)
                {
                    Assert.Equal(places, actualPlaces);
                }
                double[] dx = shape.PoolGradient(pooling, dy.ToDoubles(), places, before.ToDoubles());
                float[] actualDX = backend.PoolBackward(pooling, shape, dy, places, before);
                Near.Equal($"d{pooling} {shape}", dx, actualDX, n => dx[n] == before[n] ? 0 : Tolerances.PoolGradient);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ActivationPenalty_MatchesReference_AndAddsItsGradient(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (ReferenceSequences shape in AwkwardSizes.Sequences(device))
        {
            foreach ((float alpha, float beta) in ((float, float)[])[(2, 0), (0, 1), (2, 1)])
            {
                CheckPenalty(backend, shape, alpha, beta);
            }
        }
    }

    internal static void CheckPenalty(IBackend backend, ReferenceSequences shape, float alpha, float beta)
    {
        float[] h = Draw(95, shape.Count), before = Draw(96, shape.Count);
        (double loss, double[] gradient) = shape.ActivationPenalty(h.ToDoubles(), alpha, beta, before.ToDoubles());

        (float actual, float[] dH) = backend.ActivationPenalty(shape, h, alpha, beta, before);

        string call = $"alpha={alpha} beta={beta} {shape}";
        Near.Equal(call, [loss], [actual], Tolerances.PenaltyLoss(shape.Count, loss));
        Near.Equal(call, gradient, dH, Tolerances.PenaltyGradient(shape, alpha, beta, before));
        Near.SameBits($"without a gradient, {call}", [actual], [backend.ActivationPenalty(shape, h, alpha, beta, []).Loss]);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ElementLoss_MatchesReference_AndIsZeroWherePadded(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (ReferenceSequences shape in AwkwardSizes.Sequences(device))
        {
            float[] y = Array.ConvertAll(Draw(94, shape.Count), Math.Abs);
            float[] x = [.. new UniformInputs(93).Floats(shape.Count, 3).Select((value, n) => shape.IsValid(n) ? value : float.NaN)];
            foreach (LossFunction function in Enum.GetValues<LossFunction>())
            {
                (double[] losses, double[] gradient) = shape.ElementLoss(function, x.ToDoubles(), y.ToDoubles(), 0.5, 0.75);
                (float[] actual, float[] actualGradient) = backend.ElementLoss(function, shape, x, y, 0.5f, 0.75f);
                Near.Equal($"{function} {shape}", losses, actual, Tolerances.ElementLoss(function, x, y, 0.75));
                Near.Equal($"d{function} {shape}", gradient, actualGradient, Tolerances.ElementGradient(function, x, y, 0.5));

                (float[] evaluated, float[] after) = backend.ElementLoss(function, shape, x, y, 0, 0.75f);
                Near.SameBits($"{function} without gradient {shape}", actual, evaluated);
                Near.SameBits($"predictions of {function} {shape}", x, after);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ElementLoss_OfConfidentLogits_NeitherOverflowsNorVanishes(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        float[] x = [-1e4f, -100, -40, -20, 20, 40, 60, 100, 1e4f, 0, 0, 3], y = [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1];
        // log(1 + eᶻ) with z = ±x is z where eᶻ is huge and eᶻ − e²ᶻ/2 where it is tiny.
        double[] expected = [.. x.Zip(y, (logit, target) => LogOnePlusExp(target == 1 ? -logit : logit))];

        (float[] losses, _) = backend.ElementLoss(LossFunction.BinaryCrossEntropyWithLogits, new ReferenceSequences(1, 1, x.Length, []), x, y, 1, 1);

        Near.Equal("losses", expected, losses, n => 20 * Precision.Rounding * expected[n] + 1e-37);
    }

    private static double LogOnePlusExp(double z) => z > 30 ? z : z < -15 ? Math.Exp(z) * (1 - Math.Exp(z) / 2) : Math.Log(1 + Math.Exp(z));

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ElementLoss_AtZeroDistance_HasNoGradient(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        float[] same = [0, 1, -2.5f];
        foreach (LossFunction function in (LossFunction[])[LossFunction.MeanSquaredError, LossFunction.MeanAbsoluteError, LossFunction.Huber])
        {
            (float[] losses, float[] gradient) = backend.ElementLoss(function, new ReferenceSequences(1, 1, 3, []), same, same, 1, 1);
            Assert.All([.. losses, .. gradient], value => Assert.Equal(0, value));
        }
    }
}
