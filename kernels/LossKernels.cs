using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Over the scores of one row, V of them. A group per row; its threads' partial results are combined by every thread in the same order.</summary>
internal static class LossKernels
{
    public const int Threads = 64;

    /// <summary>losses[r] = log Σ_v exp(logits[r,v]) − logits[r,targets[r]], and logits[r,:] ← (softmax − one-hot)·gradientScale unless that is 0.</summary>
    [Kernel(Threads)]
    public static void SoftmaxCrossEntropy(
        ArrayView<float> logits,   // [R,V] in: scores, out: their gradient
        ArrayView<int> targets,    // [R]
        ArrayView<float> losses,   // [R]
        int vocabulary,
        float gradientScale)
    {
        ArrayView<float> maxima = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> targetScore = SharedMemory.Allocate<float>(1);
        int x = Group.IdxX;
        long row = (long)Grid.IdxX * vocabulary;
        int target = targets[Grid.IdxX];
        float max = float.NegativeInfinity;
        for (int v = x; v < vocabulary; v += Threads)
        {
            float score = logits[row + v];
            max = score > max ? score : max;
            if (v == target)
            {
                targetScore[0] = score;
            }
        }
        maxima[x] = max;
        Group.Barrier();
        for (int n = 0; n < Threads; n++)
        {
            max = maxima[n] > max ? maxima[n] : max;
        }

        float sum = 0f;
        for (int v = x; v < vocabulary; v += Threads)
        {
            float e = DeviceMath.Exp(logits[row + v] - max);
            sum += e;
            if (gradientScale != 0f)
            {
                logits[row + v] = e;
            }
        }
        sums[x] = sum;
        Group.Barrier();
        float total = 0f;
        for (int n = 0; n < Threads; n++)
        {
            total += sums[n];
        }
        if (x == 0)
        {
            losses[Grid.IdxX] = DeviceMath.Log(total) - (targetScore[0] - max);
        }
        if (gradientScale != 0f)
        {
            float scale = gradientScale / total;
            for (int v = x; v < vocabulary; v += Threads)
            {
                float probability = logits[row + v] * scale;
                logits[row + v] = v == target ? probability - gradientScale : probability;
            }
        }
    }

    /// <summary>predictions[r] = the smallest v that maximises logits[r,v].</summary>
    [Kernel(Threads)]
    public static void ArgMax(
        ArrayView<float> logits,      // [R,V]
        ArrayView<int> predictions,   // [R]
        int vocabulary)
    {
        ArrayView<float> maxima = SharedMemory.Allocate<float>(Threads);
        ArrayView<int> places = SharedMemory.Allocate<int>(Threads);
        int x = Group.IdxX;
        long row = (long)Grid.IdxX * vocabulary;
        float max = float.NegativeInfinity;
        int place = vocabulary;
        for (int v = x; v < vocabulary; v += Threads)
        {
            float score = logits[row + v];
            if (score > max || place == vocabulary)
            {
                max = score;
                place = v;
            }
        }
        maxima[x] = max;
        places[x] = place;
        Group.Barrier();
        if (x == 0)
        {
            for (int n = 1; n < Threads; n++)
            {
                if (maxima[n] > max || (maxima[n] == max && places[n] < place))
                {
                    max = maxima[n];
                    place = places[n];
                }
            }
            predictions[Grid.IdxX] = place;
        }
    }
}
