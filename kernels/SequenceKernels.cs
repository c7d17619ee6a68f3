using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Copies that know the lengths of sequences. T steps, B batch; a group per row.</summary>
internal static class SequenceKernels
{
    public const int Threads = 64;

    /// <summary>destination[t,b,:] = source[t,b,:] for t &lt; lengths[b], or source[lengths[b]−1−t,b,:]; 0 (nothing added) beyond.</summary>
    [Kernel(Threads)]
    public static void Copy(
        ArrayView<int> lengths,         // [B] or empty: T
        ArrayView<float> source,        // [T,B,N], a row every sourceStride
        ArrayView<float> destination,   // [T,B,N], a row every destinationStride
        int steps,
        int batch,
        int width,
        int sourceStride,
        int destinationStride,
        bool reverse,
        bool accumulate)
    {
        int row = Grid.IdxX;
        int t = row / batch;
        int b = row % batch;
        int length = lengths.Length > 0 ? lengths[b] : steps;
        int step = reverse ? length - 1 - t : t;
        long from = (((long)step * batch) + b) * sourceStride;
        long to = (long)row * destinationStride;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            if (t < length)
            {
                float value = source[from + n];
                destination[to + n] = accumulate ? destination[to + n] + value : value;
            }
            else if (!accumulate)
            {
                destination[to + n] = 0f;
            }
        }
    }

    /// <summary>state[b,:] = history[lengths[b],b,:].</summary>
    [Kernel(Threads)]
    public static void LastState(
        ArrayView<float> history,   // [T+1,B,N]
        ArrayView<int> lengths,     // [B]
        ArrayView<float> state,     // [B,N]
        int batch,
        int width)
    {
        int b = Grid.IdxX;
        long from = (((long)lengths[b] * batch) + b) * width;
        long to = (long)b * width;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            state[to + n] = history[from + n];
        }
    }

    /// <summary>state[b,:] = 0 where the sequence has a step at all.</summary>
    [Kernel(Threads)]
    public static void ClearStarted(
        ArrayView<int> lengths,   // [B]
        ArrayView<float> state,   // [B,N]
        int width)
    {
        int b = Grid.IdxX;
        if (lengths[b] > 0)
        {
            for (int n = Group.IdxX; n < width; n += Threads)
            {
                state[((long)b * width) + n] = 0f;
            }
        }
    }
}
