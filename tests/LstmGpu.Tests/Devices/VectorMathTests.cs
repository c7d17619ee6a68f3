using System.Runtime.Intrinsics;
using LstmGpu.Devices.Cpu;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>exp, σ and tanh of the cpu device over the whole float range, against <see cref="Math"/> in double precision.</summary>
public sealed class VectorMathTests
{
    // What VectorMath promises.
    private const double MostUlps = 4;

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
    public void Function_StaysWithinFourUlps_OverTheWholeFloatRange(int width, string function) =>
        FloatFunctions.CheckUlps(function, MostUlps, Compute(width, function, FloatFunctions.Inputs));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Function_OfNaNIsNaN_AndOfAnythingElseIsNot(int width, string function) =>
        FloatFunctions.CheckSpecial(function, Compute(width, function, FloatFunctions.Special));

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
}
