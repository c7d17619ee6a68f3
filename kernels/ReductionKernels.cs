using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>Sums in two stages without atomics: the order of the terms depends on their number alone.</summary>
internal static class ReductionKernels
{
    public const int Threads = 256;

    /// <summary>Groups of the first stage at most, and so partial sums.</summary>
    public const int MostPartials = 256;

    /// <summary>partial[group] = Σ x or Σ x² over the elements that are the group's: every Grid.DimX·256th from its first on.</summary>
    [Kernel(Threads)]
    public static void PartialSums(
        [Values(false, true)] SpecializedValue<bool> squares,
        ArrayView<float> x,
        ArrayView<float> partial)   // [groups]
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int thread = Group.IdxX;
        long step = (long)Grid.DimX * Threads;
        float sum = 0f;
        for (long n = ((long)Grid.IdxX * Threads) + thread; n < x.Length; n += step)
        {
            sum += squares ? x[n] * x[n] : x[n];
        }
        sums[thread] = sum;
        Group.Barrier();
        for (int width = Threads / 2; width > 0; width /= 2)
        {
            if (thread < width)
            {
                sums[thread] += sums[thread + width];
            }
            Group.Barrier();
        }
        if (thread == 0)
        {
            partial[Grid.IdxX] = sums[0];
        }
    }

    /// <summary>result[0] = scale · Σ partial, or its square root. One thread: there are few.</summary>
    [Kernel(1)]
    public static void Total(
        [Values(false, true)] SpecializedValue<bool> root,
        ArrayView<float> partial,
        ArrayView<float> result,   // [1]
        float scale)
    {
        float sum = 0f;
        for (long n = 0; n < partial.Length; n++)
        {
            sum += partial[n];
        }
        result[0] = root ? MathF.Sqrt(sum) : scale * sum;
    }
}
