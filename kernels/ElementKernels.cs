using ILGPU;

namespace LstmGpu.Kernels;

internal static class ElementKernels
{
    public const int Threads = 256;

    /// <summary>destination += source.</summary>
    [Kernel(Threads)]
    public static void Add(ArrayView<float> source, ArrayView<float> destination)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < destination.Length)
        {
            destination[n] += source[n];
        }
    }

    /// <summary>y[n] = x[n]·mask[n mod length of the mask].</summary>
    [Kernel(Threads)]
    public static void MultiplyByMask(ArrayView<float> x, ArrayView<float> mask, ArrayView<float> y)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < x.Length)
        {
            y[n] = x[n] * mask[n % mask.Length];
        }
    }
}
