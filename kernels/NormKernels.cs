using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// Layer normalisation inside the LSTM: norm(v) = (v − mean)·s, s = 1/√(var + ε), mean and variance of a row in two passes. A group per row; a sum has
/// the order of its threads, then of a tree. Columns from skipFrom to skipTo, a gate that the cell has not, do not count and are 0.
/// </summary>
internal static class NormKernels
{
    public const int Threads = 128;

    /// <summary>v ← norm(v). Padded: 0 and a scale of 0, so that no gradient comes of it. Rows are those of steps from <paramref name="firstStep"/> on.</summary>
    [Kernel(Threads)]
    public static void Rows(
        ArrayView<float> values,   // [R,N]
        ArrayView<float> scales,   // [R]
        ArrayView<int> lengths,    // [B] or empty
        int firstStep,
        int batch,
        int width,
        int skipFrom,
        int skipTo,
        float epsilon)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int row = Grid.IdxX;
        bool isPadded = Recurrent.IsPadded(lengths, row % batch, firstStep + (row / batch));
        Normalise(sums, values, scales, row, width, skipFrom, skipTo, epsilon, isPadded);
    }

    /// <summary>dv = s·(u − mean(u) − norm(v)·mean(u∘norm(v))) with u = γ∘dy: in place of norm(v).</summary>
    [Kernel(Threads)]
    public static void RowsBackward(
        ArrayView<float> dy,       // [R,N]
        ArrayView<float> gamma,    // [N]
        ArrayView<float> values,   // [R,N] in: norm(v), out: dv
        ArrayView<float> scales,   // [R]
        int width,
        int skipFrom,
        int skipTo)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int row = Grid.IdxX;
        long first = (long)row * width;
        float sum = 0f;
        float product = 0f;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            // 0 where it does not count: the gradient of such a gate is.
            float u = gamma[n] * dy[first + n];
            sum += u;
            product += u * values[first + n];
        }
        int count = width - (skipTo - skipFrom);
        float mean = Total(sums, sum) / count;
        float slope = Total(sums, product) / count;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            float u = gamma[n] * dy[first + n];
            float dv = scales[row] * (u - mean - (values[first + n] * slope));
            values[first + n] = Counts(n, skipFrom, skipTo) ? dv : 0f;
        }
    }

    /// <summary>h = o∘tanh(γ∘norm(c) + β), then zoneout. Padded: 0.</summary>
    [Kernel(Threads)]
    public static void Output(
        ArrayView<float> gamma,       // [H]
        ArrayView<float> beta,        // [H]
        ArrayView<float> gates,       // [B,4H] i f g o
        ArrayView<float> cells,       // [B,H] in: c, out: norm(c)
        ArrayView<float> scales,      // [B]
        ArrayView<float> hPrevious,   // [B,H], where zoneout of h is done here
        ArrayView<float> h,           // [B,H]
        ArrayView<float> zoneout,     // [B,H] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int hidden,
        float epsilon,
        float zoneoutProbability)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int row = Grid.IdxX;
        bool isPadded = Recurrent.IsPadded(lengths, row, t);
        Normalise(sums, cells, scales, row, hidden, 0, 0, epsilon, isPadded);
        long gate = ((long)row * hidden * Gate.Count) + (Gate.Output * hidden);
        for (int unit = Group.IdxX; unit < hidden; unit += Threads)
        {
            long at = ((long)row * hidden) + unit;
            float output = 0f;
            if (!isPadded)
            {
                output = gates[gate + unit] * DeviceMath.Tanh((gamma[unit] * cells[at]) + beta[unit]);
                if (hPrevious.Length > 0)
                {
                    output = Recurrent.Mix(Recurrent.Keep(zoneout, zoneoutProbability, at), hPrevious[at], output);
                }
            }
            h[at] = output;
        }
    }

    /// <summary>da_o = dh∘tanh(y)∘o(1−o) and dy = dh∘o∘(1−tanh²y) with y = γ∘norm(c) + β, and what that asks of c. Padded: 0.</summary>
    [Kernel(Threads)]
    public static void OutputBackward(
        ArrayView<float> gamma,         // [H]
        ArrayView<float> beta,          // [H]
        ArrayView<float> gates,         // [B,4H] in: i f g o, out: da_o in the place of o
        ArrayView<float> cells,         // [B,H] norm(c)
        ArrayView<float> scales,        // [B]
        ArrayView<float> dHidden,       // [B,H]
        ArrayView<float> dStateH,       // [B,H] in: dh of the next step, out: what zoneout keeps of it; or empty
        ArrayView<float> dNormed,       // [B,H] out: dy
        ArrayView<float> dOutputCell,   // [B,H] out: of c
        ArrayView<float> zoneout,       // [B,H] or empty
        ArrayView<int> lengths,         // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        int row = Grid.IdxX;
        bool isPadded = Recurrent.IsPadded(lengths, row, t);
        long gate = ((long)row * hidden * Gate.Count) + (Gate.Output * hidden);
        float sum = 0f;
        float product = 0f;
        for (int unit = Group.IdxX; unit < hidden; unit += Threads)
        {
            long at = ((long)row * hidden) + unit;
            float dOutput = 0f;
            float dy = 0f;
            if (!isPadded)
            {
                float o = gates[gate + unit];
                float tanhY = DeviceMath.Tanh((gamma[unit] * cells[at]) + beta[unit]);
                float dh = Recurrent.TakeGradient(dHidden, dStateH, zoneout, zoneoutProbability, at);
                dOutput = dh * tanhY * (o * (1f - o));
                dy = dh * o * (1f - (tanhY * tanhY));
            }
            gates[gate + unit] = dOutput;
            dNormed[at] = dy;
            sum += gamma[unit] * dy;
            product += gamma[unit] * dy * cells[at];
        }
        float mean = Total(sums, sum) / hidden;
        float slope = Total(sums, product) / hidden;
        for (int unit = Group.IdxX; unit < hidden; unit += Threads)
        {
            long at = ((long)row * hidden) + unit;
            dOutputCell[at] = scales[row] * ((gamma[unit] * dNormed[at]) - mean - (cells[at] * slope));
        }
    }

    private static void Normalise(
        ArrayView<float> sums,
        ArrayView<float> values,
        ArrayView<float> scales,
        int row,
        int width,
        int skipFrom,
        int skipTo,
        float epsilon,
        bool isPadded)
    {
        long first = (long)row * width;
        int count = width - (skipTo - skipFrom);
        float sum = 0f;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            sum += Counts(n, skipFrom, skipTo) ? values[first + n] : 0f;
        }
        float mean = Total(sums, sum) / count;
        float squares = 0f;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            float deviation = Counts(n, skipFrom, skipTo) ? values[first + n] - mean : 0f;
            squares += deviation * deviation;
        }
        float scale = 1f / MathF.Sqrt((Total(sums, squares) / count) + epsilon);
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            values[first + n] = isPadded || !Counts(n, skipFrom, skipTo) ? 0f : (values[first + n] - mean) * scale;
        }
        if (Group.IdxX == 0)
        {
            scales[row] = isPadded ? 0f : scale;
        }
    }

    private static bool Counts(int n, int skipFrom, int skipTo) => n < skipFrom || n >= skipTo;

    /// <summary>The sum of the threads' values, for every thread.</summary>
    private static float Total(ArrayView<float> sums, float value)
    {
        int thread = Group.IdxX;
        sums[thread] = value;
        Group.Barrier();
        for (int width = Threads / 2; width > 0; width /= 2)
        {
            if (thread < width)
            {
                sums[thread] += sums[thread + width];
            }
            Group.Barrier();
        }
        float total = sums[0];
        Group.Barrier();
        return total;
    }
}
