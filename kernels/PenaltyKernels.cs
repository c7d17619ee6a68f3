using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Activation regularisation: the first stage of its sum, and its gradient.</summary>
internal static class PenaltyKernels
{
    public const int Threads = 256;

    /// <summary>
    /// partial[group] = Σ a·h² + b·(h[t] − h[t−1])² over the elements of the group, and dH += 2a·h + 2b·((h[t] − h[t−1]) + (h[t] − h[t+1])).
    /// <see cref="ReductionKernels.Total"/> is the second stage.
    /// </summary>
    [Kernel(Threads)]
    public static void Activation(
        ArrayView<int> lengths,     // [B] or empty
        ArrayView<float> h,         // [T,B,H]
        ArrayView<float> dH,        // [T,B,H] or empty
        ArrayView<float> partial,   // [groups]
        int batch,
        int width,
        float a,                    // α/(T·B·H)
        float b)                    // β/((T−1)·B·H)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int thread = Group.IdxX;
        long stride = (long)batch * width;
        long step = (long)Grid.DimX * Threads;
        float sum = 0f;
        for (long n = ((long)Grid.IdxX * Threads) + thread; n < h.Length; n += step)
        {
            if (ValidSteps.IsValid(lengths, n, batch, width))
            {
                float value = h[n];
                sum += a * value * value;
                float gradient = a * value;
                if (n >= stride)
                {
                    float change = value - h[n - stride];
                    sum += b * change * change;
                    gradient += b * change;
                }
                long next = n + stride;
                if (next < h.Length && ValidSteps.IsValid(lengths, next, batch, width))
                {
                    gradient += b * (value - h[next]);
                }
                if (dH.Length > 0)
                {
                    dH[n] += 2f * gradient;
                }
            }
        }
        sums[thread] = sum;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                sums[thread] += sums[thread + half];
            }
            Group.Barrier();
        }
        if (thread == 0)
        {
            partial[Grid.IdxX] = sums[0];
        }
    }
}
