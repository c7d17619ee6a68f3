using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>exp, log, σ and tanh of floats against <see cref="Math"/> in double precision: inputs from the whole range, errors in ULP.</summary>
internal static class FloatFunctions
{
    public static readonly float[] Inputs = [.. EveryExponent(), .. Around(0), .. Around(0.625f), .. Around(-0.625f), .. Overflow(1), .. Overflow(-1)];

    public static readonly float[] Special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e20f, -1e20f, 0f, -0f, float.MaxValue, float.MinValue, float.Epsilon];

    public static void CheckUlps(string function, double most, float[] results)
    {
        Assert.True(Inputs.Length > 1 << 20);
        int worst = 0;
        double worstError = 0;
        for (int n = 0; n < Inputs.Length; n++)
        {
            double error = Ulps(True(function, Inputs[n]), results[n]);
            // Written so that NaN counts as the worst.
            if (!(error <= worstError))
            {
                (worst, worstError) = (n, double.IsNaN(error) ? double.PositiveInfinity : error);
            }
        }
        double expected = True(function, Inputs[worst]);
        Assert.True(
            worstError <= most,
            FormattableString.Invariant($"{function} of {Inputs[worst]:G9}: expected {expected:G9}, found {results[worst]:G9}: {worstError:G3} ULP, at most {most}"));
    }

    /// <param name="results">Of <see cref="Special"/>.</param>
    public static void CheckSpecial(string function, float[] results)
    {
        Assert.True(float.IsNaN(results[0]), $"{function} of NaN is {results[0]}");
        for (int n = 1; n < Special.Length; n++)
        {
            // e and ∞ are exact here: the limits are representable.
            Assert.Equal((float)True(function, Special[n]), results[n]);
        }
    }

    public static double True(string function, double x) => function switch
    {
        "exp" => Math.Exp(x),
        // Without cancellation: e^x/(1+e^x) on the left.
        "sigmoid" => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)),
        "log" => Math.Log(x),
        _ => Math.Tanh(x),
    };

    // In spacings of float32 at the true value; below the normal numbers the spacing is 2⁻¹⁴⁹. Past the largest float, ∞ is right.
    public static double Ulps(double expected, float found)
    {
        if (Math.Abs(expected) >= float.MaxValue)
        {
            return found == (float)expected || Math.Abs(found) == float.MaxValue ? 0 : double.PositiveInfinity;
        }
        float magnitude = Math.Abs((float)expected);
        double spacing = magnitude == float.MaxValue ? magnitude - (double)MathF.BitDecrement(magnitude) : MathF.BitIncrement(magnitude) - (double)magnitude;
        return Math.Abs(found - expected) / spacing;
    }

    // Every 2¹²-odd-th bit pattern of the finite floats: each sign and exponent with 2,000 mantissas.
    private static IEnumerable<float> EveryExponent()
    {
        for (uint bits = 0; bits < 0x7F800000; bits += 4099)
        {
            yield return BitConverter.UInt32BitsToSingle(bits);
            yield return BitConverter.UInt32BitsToSingle(bits | 0x80000000);
        }
    }

    // Neighbours of a branch point, and a ball of ±1 around it.
    private static IEnumerable<float> Around(float centre)
    {
        float above = centre, below = centre;
        for (int n = 0; n < 1_000; n++)
        {
            yield return above = MathF.BitIncrement(above);
            yield return below = MathF.BitDecrement(below);
        }
        for (int n = -30_000; n <= 30_000; n++)
        {
            yield return centre + n / 30_000f;
        }
    }

    // Where exp leaves the normal numbers: 87…89 to ∞, −87…−105 to 0.
    private static IEnumerable<float> Overflow(float sign)
    {
        for (int n = 0; n <= 100_000; n++)
        {
            yield return sign * (86 + n * 2e-4f);
        }
    }
}
