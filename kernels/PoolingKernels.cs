using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>[T,B,H] to [B,H] over the valid steps of each row of the batch. A thread per unit of a row.</summary>
internal static class PoolingKernels
{
    public const int Last = 0;
    public const int Mean = 1;
    public const int Max = 2;

    public const int Threads = 64;

    [Kernel(Threads)]
    public static void Forward(
        ArrayView<int> lengths,   // [B] or empty
        ArrayView<float> x,       // [T,B,H]
        ArrayView<float> y,       // [B,H]
        ArrayView<int> places,    // [B,H] of Max, else empty
        int pooling,
        int steps,
        int width)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        long stride = y.Length;
        if (n < stride)
        {
            int length = ValidSteps.Count(lengths, (int)(n / width), steps);
            float value = 0f;
            if (pooling == Last)
            {
                value = length > 0 ? x[((length - 1) * stride) + n] : 0f;
            }
            else if (pooling == Mean)
            {
                for (int t = 0; t < length; t++)
                {
                    value += x[(t * stride) + n];
                }
                value = length > 0 ? value / length : 0f;
            }
            else
            {
                int place = -1;
                for (int t = 0; t < length; t++)
                {
                    float candidate = x[(t * stride) + n];
                    if (place < 0 || candidate > value)
                    {
                        value = candidate;
                        place = t;
                    }
                }
                places[n] = place;
            }
            y[n] = value;
        }
    }

    [Kernel(Threads)]
    public static void Backward(
        ArrayView<int> lengths,   // [B] or empty
        ArrayView<float> dy,      // [B,H]
        ArrayView<int> places,    // [B,H] of Max, else empty
        ArrayView<float> dx,      // [T,B,H] added to
        int pooling,
        int steps,
        int width)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        long stride = dy.Length;
        if (n < stride)
        {
            int length = ValidSteps.Count(lengths, (int)(n / width), steps);
            if (pooling == Mean)
            {
                float share = length > 0 ? dy[n] / length : 0f;
                for (int t = 0; t < length; t++)
                {
                    dx[(t * stride) + n] += share;
                }
            }
            else
            {
                int place = length - 1;
                if (pooling == Max)
                {
                    place = places[n];
                }
                if (place >= 0)
                {
                    dx[(place * stride) + n] += dy[n];
                }
            }
        }
    }
}
