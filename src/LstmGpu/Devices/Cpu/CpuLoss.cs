using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Softmax cross-entropy by rows: the logits become their own gradient, so that no second [R,V] buffer exists.</summary>
internal sealed unsafe class CpuLoss<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    private const int Unroll = 4;

    // No target is this.
    private const int NoIndex = int.MinValue;

    private int vocabulary, ignoreIndex;
    private float* logits, losses, classWeights;
    private int* targets;
    private float gradientScale, factor;
    private double spread, allWeights, kept;

    public void Run(
        int rows, int width, DeviceSlice<float> scores, DeviceSlice<int> labels, DeviceSlice<float> rowLosses, float scale, in CrossEntropyOptions options)
    {
        vocabulary = width;
        logits = scores.Pointer();
        targets = labels.Pointer();
        losses = rowLosses.Pointer();
        gradientScale = scale;
        ignoreIndex = options.IgnoreIndex ?? NoIndex;
        classWeights = options.ClassWeights.Pointer();
        factor = options.Scale.IsEmpty ? 1 : *options.Scale.Pointer();
        kept = 1 - (double)options.LabelSmoothing;
        spread = (double)options.LabelSmoothing / width;
        allWeights = spread == 0 ? 0 : classWeights == null ? width : RowSums<S, V>.Shifted(classWeights, 0, null, width);
        Share(rows, width);
    }

    protected override void Range(long from, long to)
    {
        for (long r = from; r < to; r++)
        {
            if (targets[r] == ignoreIndex)
            {
                losses[r] = 0;
                if (gradientScale != 0)
                {
                    new Span<float>(logits + r * vocabulary, vocabulary).Clear();
                }
            }
            else
            {
                losses[r] = Row(logits + r * vocabulary, targets[r]);
            }
        }
    }

    // Σ_v q[v]·(log Σ exp − row[v]) with q[v] = (1−ε)·w[v] at the target + ε/V·w[v], and (softmax·Σq − q)·scale in place of the row.
    private float Row(float* row, int target)
    {
        float max = TensorPrimitives.Max(new ReadOnlySpan<float>(row, vocabulary));
        float shifted = row[target] - max;
        double own = kept * (classWeights == null ? 1 : classWeights[target]);
        double all = own + spread * allWeights;
        double smooth = spread == 0 ? 0 : spread * RowSums<S, V>.Shifted(row, max, classWeights, vocabulary);
        double sum = SumOfExponentials(row, vocabulary, max, keep: gradientScale != 0);
        if (gradientScale != 0)
        {
            Span<float> gradient = new(row, vocabulary);
            float scale = gradientScale * factor;
            TensorPrimitives.Multiply(gradient, (float)(scale * all / sum), gradient);
            if (spread != 0)
            {
                SubtractSpread(gradient, (float)(scale * spread));
            }
            row[target] -= (float)(scale * own);
        }
        return (float)(factor * (all * Math.Log(sum) - own * shifted - smooth));
    }

    private void SubtractSpread(Span<float> gradient, float share)
    {
        if (classWeights == null)
        {
            TensorPrimitives.Subtract(gradient, share, gradient);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(classWeights, vocabulary), -share, gradient, gradient);
        }
    }

    /// <summary>Σ weight of the targets that count, and its inverse or 0.</summary>
    public static void TargetWeight(int rows, int* targets, in CrossEntropyOptions options, float* total)
    {
        int ignore = options.IgnoreIndex ?? NoIndex;
        float* weights = options.ClassWeights.Pointer();
        double sum = 0;
        for (int r = 0; r < rows; r++)
        {
            sum += targets[r] == ignore ? 0 : weights == null ? 1 : weights[targets[r]];
        }
        total[0] = (float)sum;
        total[1] = sum > 0 ? (float)(1 / sum) : 0;
    }

    // Σ exp(row − max); the exponentials replace the row where they are kept. Four partial vectors, lanes added in double at the end.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfExponentials(float* row, int count, float max, bool keep)
    {
        float* lanes = stackalloc float[Unroll * S.Count];
        V shift = S.Broadcast(max);
        V s0 = S.Broadcast(0f), s1 = s0, s2 = s0, s3 = s0;
        int n = 0;
        for (; n + Unroll * S.Count <= count; n += Unroll * S.Count)
        {
            V e0 = VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n), shift));
            V e1 = VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n + S.Count), shift));
            V e2 = VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n + 2 * S.Count), shift));
            V e3 = VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n + 3 * S.Count), shift));
            if (keep)
            {
                S.Store(e0, row + n);
                S.Store(e1, row + n + S.Count);
                S.Store(e2, row + n + 2 * S.Count);
                S.Store(e3, row + n + 3 * S.Count);
            }
            s0 = S.Add(s0, e0);
            s1 = S.Add(s1, e1);
            s2 = S.Add(s2, e2);
            s3 = S.Add(s3, e3);
        }
        S.Store(s0, lanes);
        S.Store(s1, lanes + S.Count);
        S.Store(s2, lanes + 2 * S.Count);
        S.Store(s3, lanes + 3 * S.Count);
        double sum = 0;
        for (int lane = 0; lane < Unroll * S.Count; lane++)
        {
            sum += lanes[lane];
        }
        for (; n < count; n += S.Count)
        {
            S.Store(VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n), shift)), lanes);
            for (int lane = 0; lane < Math.Min(S.Count, count - n); lane++)
            {
                sum += lanes[lane];
                if (keep)
                {
                    row[n + lane] = lanes[lane];
                }
            }
        }
        return sum;
    }

    /// <summary>The smallest index of the largest value of each row.</summary>
    public static void ArgMax(int rows, int vocabulary, float* logits, int* predictions)
    {
        for (int r = 0; r < rows; r++)
        {
            predictions[r] = TensorPrimitives.IndexOfMax(new ReadOnlySpan<float>(logits + (long)r * vocabulary, vocabulary));
        }
    }
}
