using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Activation regularisation: chunks of rows (t,b), whose number depends on the sizes alone, give partial sums that one thread adds in order.</summary>
internal sealed unsafe class CpuPenalty<S, V>(CpuThreadTeam team) : RangeTask(team) where S : struct, ISimd<V> where V : unmanaged
{
    private const int Chunks = 256;

    private readonly double[] partials = new double[Chunks];
    private int rows, rowsInChunk, batch, width;
    private int* lengths;
    private float* h, dH;
    private float a, b;

    public void Run(
        int steps,
        int rowsOfStep,
        int columns,
        DeviceSlice<int> valid,
        DeviceSlice<float> activations,
        float alpha,
        float beta,
        DeviceSlice<float> gradient,
        DeviceSlice<float> loss)
    {
        (batch, width) = (rowsOfStep, columns);
        rows = steps * batch;
        rowsInChunk = (rows + Chunks - 1) / Chunks;
        (a, b) = Penalty.PerElement(steps, batch, width, alpha, beta);
        lengths = valid.Pointer();
        h = activations.Pointer();
        dH = gradient.Pointer();
        int chunks = (rows + rowsInChunk - 1) / rowsInChunk;
        Share(chunks, (long)rowsInChunk * width);
        double sum = 0;
        for (int n = 0; n < chunks; n++)
        {
            sum += partials[n];
        }
        *loss.Pointer() = (float)sum;
    }

    protected override void Range(long from, long to)
    {
        for (long chunk = from; chunk < to; chunk++)
        {
            double sum = 0;
            long end = Math.Min(rows, (chunk + 1) * rowsInChunk);
            for (long row = chunk * rowsInChunk; row < end; row++)
            {
                if (IsValid(row))
                {
                    sum += Row(row * width, hasBefore: row >= batch, hasAfter: row + batch < rows && IsValid(row + batch));
                }
            }
            partials[chunk] = sum;
        }
    }

    private bool IsValid(long row) => lengths == null || row / batch < lengths[row % batch];

    // dH += 2a·h + 2b·((h − before) + (h − after)); the row's a·Σh² + b·Σ(h − before)².
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Row(long first, bool hasBefore, bool hasAfter)
    {
        long step = (long)batch * width;
        float* at = h + first;
        float* before = hasBefore ? at - step : at;
        float* after = hasAfter ? at + step : at;
        float* gradient = dH == null ? null : dH + first;
        float* lanes = stackalloc float[2 * S.Count];
        V squares = S.Broadcast(0f), changes = squares, two = S.Broadcast(2f);
        int n = 0;
        for (; n + S.Count <= width; n += S.Count)
        {
            V value = S.Load(at + n);
            V change = S.Subtract(value, S.Load(before + n));
            squares = S.Fma(value, value, squares);
            changes = S.Fma(change, change, changes);
            if (gradient != null)
            {
                V both = S.Add(change, S.Subtract(value, S.Load(after + n)));
                V own = S.Fma(S.Broadcast(b), both, S.Multiply(S.Broadcast(a), value));
                S.Store(S.Fma(two, own, S.Load(gradient + n)), gradient + n);
            }
        }
        S.Store(squares, lanes);
        S.Store(changes, lanes + S.Count);
        double square = 0, difference = 0;
        for (int lane = 0; lane < S.Count; lane++)
        {
            square += lanes[lane];
            difference += lanes[S.Count + lane];
        }
        for (; n < width; n++)
        {
            float change = at[n] - before[n];
            square += (double)at[n] * at[n];
            difference += (double)change * change;
            if (gradient != null)
            {
                gradient[n] += 2 * (a * at[n] + b * (change + (at[n] - after[n])));
            }
        }
        return a * square + b * difference;
    }
}
