using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Softmax cross-entropy by rows: the logits become their own gradient, so that no second [R,V] buffer exists.</summary>
internal sealed unsafe class CpuLoss<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    private const int Unroll = 4;

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
