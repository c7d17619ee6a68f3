using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>The functions of <see cref="Approximate"/>, and the logistic function made of them, over a grid of arguments.</summary>
internal static class ApproximateKernels
{
    public const int Threads = 256;

    public const int Tanh = 0;

    public const int Exp2 = 1;

    /// <summary>σ(x) = ½·tanh(½·x) + ½.</summary>
    public const int LogisticByTanh = 2;

    /// <summary>σ(x) = 1/(1 + 2^(−x·log₂ e)).</summary>
    public const int LogisticByExp2 = 3;

    private const float Log2OfE = 1.442695041f;

    /// <summary>y[i] = f(x), x = <see cref="Argument"/>.</summary>
    [Kernel(Threads, ComputeCapability = 80)]
    public static void Evaluate([Values(Tanh, Exp2, LogisticByTanh, LogisticByExp2)] SpecializedValue<int> function, ArrayView<float> y, float first, float step, int count)
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        if (i < count)
        {
            float x = Argument(first, step, i);
            float value;
            if (function == Tanh)
            {
                value = Approximate.Tanh(x);
            }
            else if (function == Exp2)
            {
                value = Approximate.Exp2(x);
            }
            else if (function == LogisticByTanh)
            {
                value = (0.5f * Approximate.Tanh(0.5f * x)) + 0.5f;
            }
            else
            {
                value = Approximate.Reciprocal(1f + Approximate.Exp2(-x * Log2OfE));
            }
            y[i] = value;
        }
    }

    /// <summary>Argument i of the grid, the same bits on the host and on the device: two roundings.</summary>
    public static float Argument(float first, float step, int i) => first + (step * i);
}
