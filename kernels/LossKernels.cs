using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>Over the scores of one row, V of them. A group per row; its threads' partial results are combined by every thread in the same order.</summary>
internal static class LossKernels
{
    public const int Threads = 64;

    /// <summary>
    /// losses[r] = log Σ_v exp(logits[r,v]) − logits[r,targets[r]], and logits[r,:] ← (softmax − one-hot)·gradientScale unless that is 0.
    /// General: Σ_v q[v]·(log Σ exp − logits[r,v]) with q[v] = (1−ε)·w[v] at the target + ε/V·w[v], times scale; 0 where the target is ignored.
    /// </summary>
    [Kernel(Threads)]
    public static void SoftmaxCrossEntropy(
        [Values(false, true)] SpecializedValue<bool> general,
        ArrayView<float> logits,         // [R,V] in: scores, out: their gradient
        ArrayView<int> targets,          // [R]
        ArrayView<float> losses,         // [R]
        ArrayView<float> classWeights,   // [V] or empty: 1
        ArrayView<float> scale,          // [1] or empty: 1
        int vocabulary,
        float gradientScale,
        int ignoreIndex,
        float smoothing)                 // ε
    {
        ArrayView<float> maxima = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> targetScore = SharedMemory.Allocate<float>(1);
        ArrayView<float> weightSums = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> scoreSums = SharedMemory.Allocate<float>(Threads);
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
        float weightSum = 0f;
        float scoreSum = 0f;
        for (int v = x; v < vocabulary; v += Threads)
        {
            float shifted = logits[row + v] - max;
            float e = DeviceMath.Exp(shifted);
            sum += e;
            if (general)
            {
                float weight = Weight(classWeights, v);
                weightSum += weight;
                scoreSum += weight * shifted;
            }
            if (gradientScale != 0f)
            {
                logits[row + v] = e;
            }
        }
        sums[x] = sum;
        if (general)
        {
            weightSums[x] = weightSum;
            scoreSums[x] = scoreSum;
        }
        Group.Barrier();
        float total = 0f;
        for (int n = 0; n < Threads; n++)
        {
            total += sums[n];
        }
        if (general)
        {
            float factor = scale.Length > 0 ? scale[0] : 1f;
            float allWeights = 0f;
            float allScores = 0f;
            for (int n = 0; n < Threads; n++)
            {
                allWeights += weightSums[n];
                allScores += scoreSums[n];
            }
            bool counts = target != ignoreIndex;
            float own = counts ? (1f - smoothing) * Weight(classWeights, target) : 0f;
            float spread = counts ? smoothing / vocabulary : 0f;
            float all = own + (spread * allWeights);
            if (x == 0)
            {
                float loss = 0f;
                if (counts)
                {
                    loss = (all * DeviceMath.Log(total)) - (own * (targetScore[0] - max));
                    // Not 0·∞ where a score is −∞.
                    loss = spread != 0f ? loss - (spread * allScores) : loss;
                }
                losses[Grid.IdxX] = loss * factor;
            }
            if (gradientScale != 0f)
            {
                float unit = gradientScale * factor;
                float ofProbability = unit * all / total;
                for (int v = x; v < vocabulary; v += Threads)
                {
                    float gradient = (logits[row + v] * ofProbability) - (unit * spread * Weight(classWeights, v));
                    gradient = v == target ? gradient - (unit * own) : gradient;
                    logits[row + v] = counts ? gradient : 0f;
                }
            }
        }
        else
        {
            if (x == 0)
            {
                losses[Grid.IdxX] = DeviceMath.Log(total) - (targetScore[0] - max);
            }
            if (gradientScale != 0f)
            {
                float ofProbability = gradientScale / total;
                for (int v = x; v < vocabulary; v += Threads)
                {
                    float probability = logits[row + v] * ofProbability;
                    logits[row + v] = v == target ? probability - gradientScale : probability;
                }
            }
        }
    }

    /// <summary>total[0] = Σ weight of the targets that are not ignored, total[1] = its inverse or 0. One group: there are as many terms as rows.</summary>
    [Kernel(Threads)]
    public static void TargetWeight(
        ArrayView<int> targets,          // [R]
        ArrayView<float> classWeights,   // [V] or empty: 1
        ArrayView<float> total,          // [2]
        int ignoreIndex)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        float sum = 0f;
        for (long r = Group.IdxX; r < targets.Length; r += Threads)
        {
            int target = targets[r];
            if (target != ignoreIndex)
            {
                sum += Weight(classWeights, target);
            }
        }
        sums[Group.IdxX] = sum;
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            float all = 0f;
            for (int n = 0; n < Threads; n++)
            {
                all += sums[n];
            }
            total[0] = all;
            total[1] = all > 0f ? 1f / all : 0f;
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

    private static float Weight(ArrayView<float> classWeights, int v) => classWeights.Length > 0 ? classWeights[v] : 1f;
}
