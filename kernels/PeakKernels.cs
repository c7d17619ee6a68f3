using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>The limit that products are measured against: independent multiply-adds on registers, nothing else.</summary>
internal static class PeakKernels
{
    public const int Threads = 256;
    public const int Chains = 8;
    public const int Rounds = 64;

    /// <summary>Chains·Rounds·<paramref name="repeats"/> multiply-adds per thread. The result keeps the chains alive.</summary>
    [Kernel(Threads, Contract = true)]
    public static void MultiplyAdd(ArrayView<float> result, int repeats, float factor, float term)
    {
        int thread = (Grid.IdxX * Threads) + Group.IdxX;
        float c0 = thread;
        float c1 = c0 + 1f;
        float c2 = c0 + 2f;
        float c3 = c0 + 3f;
        float c4 = c0 + 4f;
        float c5 = c0 + 5f;
        float c6 = c0 + 6f;
        float c7 = c0 + 7f;
        for (int n = 0; n < repeats; n++)
        {
            for (int round = 0; round < Rounds; round++)
            {
                c0 = (c0 * factor) + term;
                c1 = (c1 * factor) + term;
                c2 = (c2 * factor) + term;
                c3 = (c3 * factor) + term;
                c4 = (c4 * factor) + term;
                c5 = (c5 * factor) + term;
                c6 = (c6 * factor) + term;
                c7 = (c7 * factor) + term;
            }
        }
        result[thread] = c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7;
    }
}
