using ILGPU;

namespace LstmGpu.Kernels;

internal static class DropoutKernels
{
    public const int Threads = 256;

    /// <summary>Elements of a thread: one draw of the generator gives so many words.</summary>
    public const int PerThread = 4;

    /// <summary>y[n] = x[n]·scale where the draw for element n is at least p, else 0. Element n is word n mod 4 of the draw for block n / 4.</summary>
    [Kernel(Threads)]
    public static void Apply(
        ArrayView<float> x,
        ArrayView<float> y,
        float probability,
        float scale,   // 1/(1−p)
        ulong seed,
        ArrayView<uint> step,   // StepKernels.Dropout…
        uint site)
    {
        long block = ((long)Grid.IdxX * Threads) + Group.IdxX;
        long first = block * PerThread;
        uint x0 = (uint)block;
        uint x1 = (uint)(block >> 32);
        uint x2 = step[StepKernels.DropoutLow];
        uint x3 = site ^ step[StepKernels.DropoutHigh];
        CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref x0, ref x1, ref x2, ref x3);
        Element(x, y, first, x0, probability, scale);
        Element(x, y, first + 1, x1, probability, scale);
        Element(x, y, first + 2, x2, probability, scale);
        Element(x, y, first + 3, x3, probability, scale);
    }

    /// <summary>The same with the draw for n mod period. A group along y takes every so manieth repetition of the period.</summary>
    [Kernel(Threads)]
    public static void ApplyPeriodic(
        ArrayView<float> x,
        ArrayView<float> y,
        long period,
        float probability,
        float scale,
        ulong seed,
        ArrayView<uint> step,   // StepKernels.Dropout…
        uint site)
    {
        long block = ((long)Grid.IdxX * Threads) + Group.IdxX;
        long first = block * PerThread;
        uint x0 = (uint)block;
        uint x1 = (uint)(block >> 32);
        uint x2 = step[StepKernels.DropoutLow];
        uint x3 = site ^ step[StepKernels.DropoutHigh];
        CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref x0, ref x1, ref x2, ref x3);
        for (long start = Grid.IdxY * period; start < x.Length; start += Grid.DimY * period)
        {
            long end = start + period;
            Within(x, y, start + first, end, x0, probability, scale);
            Within(x, y, start + first + 1, end, x1, probability, scale);
            Within(x, y, start + first + 2, end, x2, probability, scale);
            Within(x, y, start + first + 3, end, x3, probability, scale);
        }
    }

    private static void Within(ArrayView<float> x, ArrayView<float> y, long n, long end, uint word, float probability, float scale)
    {
        if (n < end)
        {
            Element(x, y, n, word, probability, scale);
        }
    }

    private static void Element(ArrayView<float> x, ArrayView<float> y, long n, uint word, float probability, float scale)
    {
        if (n < x.Length)
        {
            y[n] = CounterRng.ToUnit(word) >= probability ? x[n] * scale : 0f;
        }
    }
}
