using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Softmax cross-entropy by rows: the logits become their own gradient, so that no second [R,V] buffer exists.</summary>
internal sealed unsafe class CpuLoss<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    private int vocabulary;
    private float* logits, losses;
    private int* targets;
    private float gradientScale;

    public void Run(int rows, int width, DeviceSlice<float> scores, DeviceSlice<int> labels, DeviceSlice<float> rowLosses, float scale)
    {
        vocabulary = width;
        logits = scores.Pointer();
        targets = labels.Pointer();
        losses = rowLosses.Pointer();
        gradientScale = scale;
        Share(rows, width);
    }

    protected override void Range(long from, long to)
    {
        for (long r = from; r < to; r++)
        {
            float* row = logits + r * vocabulary;
            float max = TensorPrimitives.Max(new ReadOnlySpan<float>(row, vocabulary));
            float shifted = row[targets[r]] - max;
            double sum = SumOfExponentials(row, vocabulary, max, keep: gradientScale != 0);
            losses[r] = (float)(Math.Log(sum) - shifted);
            if (gradientScale != 0)
            {
                TensorPrimitives.Multiply(new ReadOnlySpan<float>(row, vocabulary), (float)(gradientScale / sum), new Span<float>(row, vocabulary));
                row[targets[r]] -= gradientScale;
            }
        }
    }

    // Σ exp(row − max); the exponentials replace the row where they are kept.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SumOfExponentials(float* row, int count, float max, bool keep)
    {
        float* part = stackalloc float[S.Count];
        V shift = S.Broadcast(max);
        double sum = 0;
        int n = 0;
        for (; n + S.Count <= count; n += S.Count)
        {
            V e = VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n), shift));
            S.Store(e, keep ? row + n : part);
            float* from = keep ? row + n : part;
            for (int lane = 0; lane < S.Count; lane++)
            {
                sum += from[lane];
            }
        }
        if (n < count)
        {
            S.Store(VectorMath<S, V>.Exp(S.Subtract(S.Load(row + n), shift)), part);
            for (int lane = 0; n < count; lane++, n++)
            {
                sum += part[lane];
                if (keep)
                {
                    row[n] = part[lane];
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
