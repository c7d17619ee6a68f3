using LstmGpu.Devices;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_MatchesReference_AlsoWhereExpOverflows(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in Pairs())
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
        int[] targets = Tokens(rows, vocabulary);
        (double[] losses, double[] gradient) = ReferenceLoss.SoftmaxCrossEntropy(rows, vocabulary, logits.ToDoubles(), targets, Scale);

        (float[] actualLosses, float[] actualGradient) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, Scale);

        // A logit and the largest of its row differ by at most 2·range, rounded once: u·2·range, which exp turns into a relative error. exp itself
        // and the division: 4u. The sum of V positive terms: √V·u. The loss is log(sum) and a difference of logits, each rounded once.
        double relative = (2 * range + 4 + Math.Sqrt(vocabulary)) * U;
        string call = $"rows={rows} V={vocabulary} range={range}";
        Near.Equal($"losses, {call}", losses, actualLosses, r => 2 * (relative + U * Math.Abs(losses[r])));
        // p − 1 at the target: p's error and one rounding of at most u. 1e-37: probabilities below the smallest normal float may vanish.
        Near.Equal($"gradient, {call}", gradient, actualGradient, n =>
        {
            bool target = n % vocabulary == targets[n / vocabulary];
            double probability = gradient[n] / Scale + (target ? 1 : 0);
            return 2 * Scale * (probability * Math.Min(1, relative) + (target ? U : 0)) + 1e-37;
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void SoftmaxCrossEntropy_WithScaleZero_LeavesTheLogits(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in Pairs())
        {
            float[] logits = new UniformInputs(42).Floats(rows * vocabulary, 5);
            int[] targets = Tokens(rows, vocabulary);

            (float[] losses, float[] after) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 0);

            Near.SameBits($"logits, rows={rows} V={vocabulary}", logits, after);
            (float[] trained, _) = backend.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 1);
            Near.SameBits($"losses, rows={rows} V={vocabulary}", trained, losses);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void ArgMax_TakesTheSmallestOfEqualIndices(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in Pairs())
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
        foreach (int length in Lengths)
        {
            float[] x = new UniformInputs(45).Floats(length);
            double tolerance = 0.25 * C * Math.Sqrt(length) * U * TermNorm(x.ToDoubles());
            Near.Equal($"length {length}", [ReferenceLoss.Sum(x.ToDoubles(), 0.25)], [backend.Sum(x, 0.25f)], tolerance);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Norm_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int length in Lengths)
        {
            float[] x = new UniformInputs(46).Floats(length);
            double norm = ReferenceLoss.Norm(x.ToDoubles());
            // Partial sums of squares are all positive: each of √K independent roundings is at most u·Σ, and the root halves a relative error.
            Near.Equal($"length {length}", [norm], [backend.Norm(x)], C * Math.Sqrt(length) * U * norm / 2);
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
        foreach (int length in Lengths)
        {
            foreach (DropoutKey key in keys)
            {
                foreach (float probability in (float[])[0, 0.1f, 0.5f, 0.9f])
                {
                    float[] x = new UniformInputs(47).Floats(length);
                    double[] expected = ReferenceDropout.Apply(x.ToDoubles(), probability, key);
                    float[] apart = backend.Dropout(x, probability, key, inPlace: false);
                    // 1 − p, its inverse and the product: three roundings, of which p near 1 magnifies none because 1 − p is exact there (Sterbenz).
                    Near.Equal($"length {length} p={probability} {key}", expected, apart, n => 3 * U * Math.Abs(expected[n]));
                    Near.SameBits($"in place, length {length} p={probability} {key}", apart, backend.Dropout(x, probability, key, inPlace: true));
                }
            }
        }
    }
}
