using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_MatchesReference_AlsoWhereExpOverflows(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device))
        {
            foreach (float range in (float[])[1, 90, 1e4f])
            {
                CheckSoftmax(backend, rows, vocabulary, range);
            }
        }
    }

    internal static void CheckSoftmax(IBackend backend, int rows, int vocabulary, float range)
    {
        const float Scale = 1f / 64;
        float[] logits = new UniformInputs(41).Floats(rows * vocabulary, range);
        int[] targets = AwkwardSizes.Tokens(rows, vocabulary);
        (double[] losses, double[] gradient) = ReferenceLoss.SoftmaxCrossEntropy(rows, vocabulary, logits.ToDoubles(), targets, Scale);

        (float[] actualLosses, float[] actualGradient) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, Scale);

        string call = $"rows={rows} V={vocabulary} range={range}";
        Near.Equal($"losses, {call}", losses, actualLosses, Tolerances.Losses(vocabulary, range, losses));
        Near.Equal($"gradient, {call}", gradient, actualGradient, Tolerances.LogitGradients(vocabulary, range, Scale, gradient, targets));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_WithScaleZero_LeavesTheLogits(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device))
        {
            float[] logits = new UniformInputs(42).Floats(rows * vocabulary, 5);
            int[] targets = AwkwardSizes.Tokens(rows, vocabulary);

            (float[] losses, float[] after) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 0);

            Near.SameBits($"logits, rows={rows} V={vocabulary}", logits, after);
            (float[] trained, _) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 1);
            Near.SameBits($"losses, rows={rows} V={vocabulary}", trained, losses);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_OfARowThatHoldsNoDistribution_IsNotANumber(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int vocabulary in AwkwardSizes.Of(device))
        {
            foreach (int place in (int[])[0, vocabulary / 2, vocabulary - 1])
            {
                foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
                {
                    float[] logits = new UniformInputs(48).Floats(2 * vocabulary);
                    logits[vocabulary + place] = bad;
                    (float[] losses, float[] gradient) = backend.SoftmaxCrossEntropy(2, vocabulary, logits, [0, 0], 1);
                    Assert.True(float.IsFinite(losses[0]), $"V={vocabulary}: the row beside it lost {losses[0]}");
                    Assert.True(float.IsNaN(losses[1]), $"V={vocabulary} with {bad} at {place}: the loss is {losses[1]}");
                    Assert.All(gradient.Take(vocabulary), g => Assert.True(float.IsFinite(g)));
                    Assert.True(float.IsNaN(gradient[vocabulary + place]));
                }
            }
            float[] nothing = new float[vocabulary];
            Array.Fill(nothing, float.NegativeInfinity);
            (float[] lost, _) = backend.SoftmaxCrossEntropy(1, vocabulary, nothing, [0], 0);
            Assert.True(float.IsNaN(lost[0]), $"V={vocabulary}, every score −∞");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SumAndNorm_OfWhatIsNotFinite_AreNotFinite(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach (int place in (int[])[0, length - 1])
            {
                float[] x = new UniformInputs(49).Floats(length);
                x[place] = float.NegativeInfinity;
                Assert.Equal(float.NegativeInfinity, backend.Sum(x, 0.5f));
                Assert.Equal(float.PositiveInfinity, backend.Norm(x));
                x[place] = float.NaN;
                Assert.Equal(float.NaN, backend.Sum(x, 0.5f));
                Assert.Equal(float.NaN, backend.Norm(x));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ArgMax_TakesTheSmallestOfEqualIndices(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device))
        {
            float[] logits = new UniformInputs(43).Floats(rows * vocabulary, 1000);
            Assert.Equal(ReferenceLoss.ArgMax(rows, vocabulary, logits.ToDoubles()), backend.ArgMax(rows, vocabulary, logits));

            // Few distinct values, all negative: ties in every row, and no zero that an unset lane could win with.
            float[] ties = [.. new UniformInputs(44).Integers(rows * vocabulary, 3).Select(value => value - 3f)];
            Assert.Equal(ReferenceLoss.ArgMax(rows, vocabulary, ties.ToDoubles()), backend.ArgMax(rows, vocabulary, ties));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Sum_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            float[] x = new UniformInputs(45).Floats(length);
            Near.Equal($"length {length}", [ReferenceLoss.Sum(x.ToDoubles(), 0.25)], [backend.Sum(x, 0.25f)], Tolerances.Sum(x, 0.25));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Norm_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            float[] x = new UniformInputs(46).Floats(length);
            double norm = ReferenceLoss.Norm(x.ToDoubles());
            Near.Equal($"length {length}", [norm], [backend.Norm(x)], Tolerances.Norm(length, norm));
        }
        Assert.Equal(0f, backend.Norm(new float[65]));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Dropout_DropsTheElementsOfTheReferenceMask(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        DropoutKey[] keys =
        [
            new(Seed: 1, Step: 1, Site: 0),
            new(Seed: 1UL << 40 | 5, Step: 1UL << 33 | 3, Site: 0xFFFF0001),
        ];
        foreach (int length in AwkwardSizes.Lengths(device))
        {
            foreach (DropoutKey key in keys)
            {
                foreach (float probability in (float[])[0, 0.1f, 0.5f, 0.9f])
                {
                    float[] x = new UniformInputs(47).Floats(length);
                    double[] expected = ReferenceDropout.Apply(x.ToDoubles(), probability, key);
                    float[] apart = backend.Dropout(x, probability, key, inPlace: false);
                    Near.Equal($"length {length} p={probability} {key}", expected, apart, Tolerances.Dropout(expected));
                    Near.SameBits($"in place, length {length} p={probability} {key}", apart, backend.Dropout(x, probability, key, inPlace: true));
                }
            }
        }
    }
}
