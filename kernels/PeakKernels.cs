using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>The limit that products are measured against: independent multiply-adds on registers, nothing else.</summary>
internal static class PeakKernels
{
    public const int Threads = 256;

    /// <summary>Independent sums of a thread: enough to cover the latency of a multiply-add, where a compiler packs them into vectors too.</summary>
    public const int Chains = 64;

    /// <summary>Chains·<paramref name="repeats"/> multiply-adds per thread. The result keeps the chains alive.</summary>
    [Kernel(Threads, Contract = true)]
    public static void MultiplyAdd(ArrayView<float> result, int repeats, float factor, float term)
    {
        ArrayView<float> chains = LocalMemory.Allocate<float>(Chains);
        int thread = (Grid.IdxX * Threads) + Group.IdxX;
        for (int n = 0; n < Chains; n++)
        {
            chains[n] = thread + n;
        }
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            for (int n = 0; n < Chains; n++)
            {
                chains[n] = (chains[n] * factor) + term;
            }
        }
        float sum = 0f;
        for (int n = 0; n < Chains; n++)
        {
            sum += chains[n];
        }
        result[thread] = sum;
    }
}
