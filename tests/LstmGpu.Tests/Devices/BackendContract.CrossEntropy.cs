using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    private const int Ignored = -100;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_WithOptions_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device).Where(size => size.Rows <= 65))
        {
            foreach ((bool ignore, float smoothing, bool weighted, bool scaled, float range) in ((bool, float, bool, bool, float)[])
                [(true, 0, false, false, 3), (false, 0.1f, false, false, 90), (false, 0, true, false, 3), (true, 0.3f, true, true, 3), (false, 1, true, false, 1)])
            {
                int[] targets = [.. AwkwardSizes.Tokens(rows, vocabulary).Select((target, r) => ignore && r % 4 == 1 ? Ignored : target)];
                float[] weights = weighted ? [.. Draw(92, vocabulary).Select(w => w + 1.25f)] : [];
                CheckCrossEntropy(backend, vocabulary, targets, ignore ? Ignored : null, smoothing, weights, scaled ? [0.125f] : [], range);
            }
        }
    }

    internal static void CheckCrossEntropy(
        IBackend backend, int vocabulary, int[] targets, int? ignoreIndex, float smoothing, float[] weights, float[] scale, float range)
    {
        const float Scale = 1f / 64;
        float[] logits = new UniformInputs(97).Floats(targets.Length * vocabulary, range);
        ReferenceCrossEntropy reference = new(
            vocabulary, ignoreIndex, smoothing, weights.Length == 0 ? null : weights.ToDoubles(), scale.Length == 0 ? 1 : scale[0]);
        (double[] losses, double[] gradient, double[] softmax) = reference.Of(logits.ToDoubles(), targets, Scale);

        (float[] actualLosses, float[] actualGradient) = backend.SoftmaxCrossEntropy(logits, targets, Scale, ignoreIndex, smoothing, weights, scale);

        string call = $"rows={targets.Length} {reference}";
        Near.Equal($"losses, {call}", losses, actualLosses, Tolerances.CrossEntropyLoss(reference, range));
        Near.Equal($"gradient, {call}", gradient, actualGradient, Tolerances.CrossEntropyGradient(reference, range, Scale, softmax, targets));
        (float[] evaluated, float[] after) = backend.SoftmaxCrossEntropy(logits, targets, 0, ignoreIndex, smoothing, weights, scale);
        Near.SameBits($"losses without gradient, {call}", actualLosses, evaluated);
        Near.SameBits($"logits, {call}", logits, after);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_WithoutOptions_HasTheBitsOfThePlainOne(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device).Where(size => size.Rows <= 65))
        {
            float[] logits = new UniformInputs(98).Floats(rows * vocabulary, 9);
            int[] targets = AwkwardSizes.Tokens(rows, vocabulary);
            (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 0.01f);
            (float[] sameLosses, float[] sameGradient) = backend.SoftmaxCrossEntropy(logits, targets, 0.01f, null, 0, [], []);
            Near.SameBits($"losses, rows={rows} V={vocabulary}", losses, sameLosses);
            Near.SameBits($"gradient, rows={rows} V={vocabulary}", gradient, sameGradient);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_OfAnIgnoredRow_IsZeroWhateverItsLogitsAre(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        float[] logits = [float.NaN, 1, 2, float.PositiveInfinity, 0, -1, 0.5f, 0.25f, 0];

        (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy(logits, [Ignored, Ignored, 1], 1, Ignored, 0.1f, [], []);

        Assert.All([.. losses[..2], .. gradient[..6]], value => Assert.Equal(0, value));
        Assert.True(losses[2] > 0);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_WithWeightsAndAForbiddenClass_StaysFinite(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy([float.NegativeInfinity, 0, 0], [1], 1, null, 0, [1, 2, 1], []);
        Near.Equal("loss", [2 * Math.Log(2)], losses, 1e-6);
        Near.Equal("gradient", [0, -1, 1], gradient, 1e-6);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void TargetWeight_MakesTheSumOfTheLossesTheirMean(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int rows in AwkwardSizes.Of(device))
        {
            int[] targets = [.. AwkwardSizes.Tokens(rows, 7).Select((target, r) => r % 4 == 1 ? Ignored : target)];
            float[] weights = [.. Draw(92, 7).Select(w => w + 1.5f)];
            double expected = new ReferenceCrossEntropy(7, Ignored, 0, weights.ToDoubles(), 1).TargetWeight(targets);
            float[] total = backend.TargetWeight(targets, Ignored, weights);
            Near.Equal($"rows={rows}", [expected, 1 / expected], total, n => Tolerances.TargetWeight(rows, n == 0 ? expected : 1 / expected));
            Assert.Equal(targets.Count(target => target != Ignored), backend.TargetWeight(targets, Ignored, [])[0]);
        }
        Assert.Equal([0f, 0f], backend.TargetWeight([Ignored, Ignored], Ignored, []));
        Assert.Equal(2, backend.TargetWeight([0, 1], null, [])[0]);
    }
}
