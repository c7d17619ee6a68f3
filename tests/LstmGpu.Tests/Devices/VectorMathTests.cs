using System.Runtime.Intrinsics;
using LstmGpu.Devices.Cpu;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>exp, σ and tanh of the cpu device over the whole float range, against <see cref="Math"/> in double precision.</summary>
public sealed class VectorMathTests
{
    // What VectorMath promises.
    private const double MostUlps = 4;

    private static readonly float[] Inputs = [.. EveryExponent(), .. Around(0), .. Around(0.625f), .. Around(-0.625f), .. Overflow(1), .. Overflow(-1)];

    private static readonly float[] Special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e20f, -1e20f, 0f, -0f, float.MaxValue, float.MinValue, float.Epsilon];

    public static TheoryData<int, string> Cases()
    {
        TheoryData<int, string> cases = [];
        foreach (int width in (int[])[128, 256, 512])
        {
            foreach (string function in (string[])["exp", "sigmoid", "tanh"])
            {
                cases.Add(width, function);
            }
        }
        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Function_StaysWithinFourUlps_OverTheWholeFloatRange(int width, string function)
    {
        Assert.True(Inputs.Length > 1 << 20);
        float[] results = Compute(width, function, Inputs);
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
            worstError <= MostUlps,
            FormattableString.Invariant($"{function} of {Inputs[worst]:G9}: expected {expected:G9}, found {results[worst]:G9}: {worstError:G3} ULP, at most {MostUlps}"));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Function_OfNaNIsNaN_AndOfAnythingElseIsNot(int width, string function)
    {
        float[] results = Compute(width, function, Special);
        Assert.True(float.IsNaN(results[0]), $"{function} of NaN is {results[0]}");
        for (int n = 1; n < Special.Length; n++)
        {
            // e and ∞ are exact here: the limits are representable.
            Assert.Equal((float)True(function, Special[n]), results[n]);
        }
    }

    private static double True(string function, double x) => function switch
    {
        "exp" => Math.Exp(x),
        // Without cancellation: e^x/(1+e^x) on the left.
        "sigmoid" => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)),
        _ => Math.Tanh(x),
    };

    // In spacings of float32 at the true value; below the normal numbers the spacing is 2⁻¹⁴⁹. Past the largest float, ∞ is right.
    private static double Ulps(double expected, float found)
    {
        if (Math.Abs(expected) >= float.MaxValue)
        {
            return found == (float)expected || Math.Abs(found) == float.MaxValue ? 0 : double.PositiveInfinity;
        }
        float magnitude = Math.Abs((float)expected);
        double spacing = magnitude == float.MaxValue ? magnitude - (double)MathF.BitDecrement(magnitude) : MathF.BitIncrement(magnitude) - (double)magnitude;
        return Math.Abs(found - expected) / spacing;
    }

    private static float[] Compute(int width, string function, float[] inputs)
    {
        Skip.If(!CpuDevice.Widths().Contains(width), $"this processor has no {width}-bit vectors");
        return width switch
        {
            512 => Compute<Simd512, Vector512<float>>(function, inputs),
            256 => Compute<Simd256, Vector256<float>>(function, inputs),
            _ => Compute<Simd128, Vector128<float>>(function, inputs),
        };
    }

    private static unsafe float[] Compute<S, V>(string function, float[] inputs) where S : struct, ISimd<V> where V : unmanaged
    {
        float[] padded = new float[(inputs.Length + S.Count - 1) / S.Count * S.Count];
        inputs.CopyTo(padded, 0);
        fixed (float* x = padded)
        {
            for (int n = 0; n < padded.Length; n += S.Count)
            {
                V value = S.Load(x + n);
                S.Store(
                    function switch
                    {
                        "exp" => VectorMath<S, V>.Exp(value),
                        "sigmoid" => VectorMath<S, V>.Sigmoid(value),
                        _ => VectorMath<S, V>.Tanh(value),
                    },
                    x + n);
            }
        }
        return padded[..inputs.Length];
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
