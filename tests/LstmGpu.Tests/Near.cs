using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests;

/// <summary>Comparisons that name the worst element: its index, both values and the tolerance that it exceeds.</summary>
internal static class Near
{
    public static void Equal(string what, double[] expected, float[] actual, double tolerance) => Equal(what, expected, actual, _ => tolerance);

    public static void Equal(string what, double[] expected, float[] actual, Func<int, double> tolerance) =>
        Equal(what, expected, actual.ToDoubles(), tolerance);

    public static void Equal(string what, double[] expected, double[] actual, Func<int, double> tolerance)
    {
        if (expected.Length != actual.Length)
        {
            Assert.Fail($"{what}: expected {expected.Length} elements, found {actual.Length}");
        }
        int worst = -1;
        double worstRatio = 1;
        int failures = 0;
        for (int n = 0; n < expected.Length; n++)
        {
            double difference = Math.Abs(expected[n] - actual[n]);
            double ratio = difference == 0 ? 0 : difference / tolerance(n);
            // Written so that NaN counts as a failure, and as the worst one.
            if (!(ratio <= 1))
            {
                failures++;
                if (worst < 0 || double.IsNaN(ratio) || ratio > worstRatio)
                {
                    worst = n;
                    worstRatio = double.IsNaN(ratio) ? double.PositiveInfinity : ratio;
                }
            }
        }
        if (worst >= 0)
        {
            string values = FormattableString.Invariant($"expected {expected[worst]:G9}, found {actual[worst]:G9}, tolerance {tolerance(worst):G3}");
            Assert.Fail($"{what}: {failures} of {expected.Length} elements differ; the worst is [{worst}]: {values}");
        }
    }

    /// <summary>Relative errors, where a denominator below <paramref name="floor"/> times the largest element counts as that floor.</summary>
    public static void EqualRelatively(string what, double[] expected, double[] actual, double relative, double floor)
    {
        double largest = expected.Length == 0 ? 0 : expected.Max(Math.Abs);
        Equal(what, expected, actual, n => relative * Math.Max(Math.Abs(expected[n]), floor * largest));
    }

    /// <summary>The same bits; NaN equals NaN of the same payload, 0 differs from −0.</summary>
    public static void SameBits(string what, float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
        {
            Assert.Fail($"{what}: expected {expected.Length} elements, found {actual.Length}");
        }
        for (int n = 0; n < expected.Length; n++)
        {
            if (BitConverter.SingleToInt32Bits(expected[n]) != BitConverter.SingleToInt32Bits(actual[n]))
            {
                Assert.Fail(FormattableString.Invariant($"{what}: the first different bits are at [{n}]: expected {expected[n]:G9}, found {actual[n]:G9}"));
            }
        }
    }
}
