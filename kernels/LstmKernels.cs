using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// One time step of an LSTM in one launch: recurrent product, four gates and the cell update. Legend: B batch, H hidden; gate blocks in the order of
/// <see cref="Gate"/>.
/// </summary>
internal static class LstmKernels
{
    /// <summary>Hidden units of a group: 4 columns of its tile are i, f, g, o of one unit, so that they meet in one thread.</summary>
    public const int Units = Tile.Columns / Gate.Count;

    /// <summary>
    /// packed[k,u,gate] = W_hh[gate·H+u,k]: the right operand of the recurrent product, as its tiles are read. In a form of 16 bits, which halves what a step
    /// reads, backward has a copy of W_hh as it stands. Groups of 16×16 elements of [k,u].
    /// </summary>
    [Kernel(Tile.Threads, Tile.Threads)]
    public static void Pack(
        [Values(Rounding.Fp32, Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> weightHh,   // [4H,H]
        ArrayView<float> packed,     // [H,H,4]
        ArrayView<float> copy,       // [4H,H] of 16 bits, else empty
        int hidden)
    {
        const int Width = Tile.Threads + 1; // odd, so that a column lies in different banks of shared memory
        ArrayView<float> tile = SharedMemory.Allocate<float>(Gate.Count * Tile.Threads * Width);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int firstK = Grid.IdxX * Tile.Threads;
        int firstUnit = Grid.IdxY * Tile.Threads;
        for (int gate = 0; gate < Gate.Count; gate++)
        {
            if (firstUnit + y < hidden && firstK + x < hidden)
            {
                long at = ((((long)gate * hidden) + firstUnit + y) * hidden) + firstK + x;
                float weight = weightHh[at];
                tile[(((gate * Tile.Threads) + y) * Width) + x] = weight;
                if (form == Rounding.Bf16 || form == Rounding.Fp16)
                {
                    Rounding.Store(form, copy, at, weight);
                }
            }
        }
        Group.Barrier();
        for (int n = x; n < Gate.Count * Tile.Threads; n += Tile.Threads)
        {
            int unit = n / Gate.Count;
            int gate = n % Gate.Count;
            if (firstK + y < hidden && firstUnit + unit < hidden)
            {
                long at = ((((long)(firstK + y) * hidden) + firstUnit + unit) * Gate.Count) + gate;
                Rounding.Store(form, packed, at, tile[(((gate * Tile.Threads) + unit) * Width) + y]);
            }
        }
    }

    /// <summary>bias = b_ih + b_hh, 0 where the layer has none.</summary>
    [Kernel(256)]
    public static void AddBiases(
        ArrayView<float> biasIh,   // [4H] or empty
        ArrayView<float> biasHh,   // [4H] or empty
        ArrayView<float> bias,     // [4H]
        int width)
    {
        int n = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (n < width)
        {
            bias[n] = Recurrent.Bias(biasIh, n) + Recurrent.Bias(biasHh, n);
        }
    }

    /// <summary>
    /// i,f,o = σ(gates + bias + h'·W_hhᵀ), g = tanh(same), c = f∘c' + i∘g, h = o∘tanh(c). Padded: i = o = g = 0, f = 1, so h = 0 and c = c'.
    /// Groups of 16·rows of the batch × 16 units.
    /// </summary>
    [Kernel(Tile.Threads, Tile.Threads, Contract = true)]
    public static void ForwardStep(
        [Values(1, 4)] SpecializedValue<int> rows,   // of the batch, per thread
        [Values(Rounding.Fp32, Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,   // of the operands
        ArrayView<float> packed,                     // [H,H,4] as Pack left it
        ArrayView<float> bias,                       // [4H]
        ArrayView<float> hPrevious,                  // [B,H]
        ArrayView<float> cPrevious,                  // [B,H]
        ArrayView<float> gates,                      // [B,4H] in: x·W_ihᵀ, out: i f g o
        ArrayView<float> h,                          // [B,H]
        ArrayView<float> c,                          // [B,H]
        ArrayView<int> lengths,                      // [B] or empty
        int t,
        int batch,
        int hidden)
    {
        ArrayView<float> hTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> weightTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * Tile.Threads) + x;
        int firstRow = Grid.IdxX * Tile.Threads * rows;
        int firstUnit = Grid.IdxY * Units;
        SpecializedValue<int> weightForm = SpecializedValue.New(form == Rounding.Bf16 || form == Rounding.Fp16 ? form + Rounding.ToStored : Rounding.Fp32);
        Tile.Clear(sums);
        for (int k0 = 0; k0 < hidden; k0 += Tile.Depth)
        {
            Tile.LoadAlongK(form, hTile, hPrevious, firstRow, batch, k0, hidden, rows, thread);
            Tile.LoadAcrossK(weightForm, weightTile, packed, firstUnit * Gate.Count, hidden * Gate.Count, k0, hidden, 4, thread);
            Group.Barrier();
            if (rows == 4)
            {
                Tile.MultiplyFourRows(hTile, weightTile, sums, x, y);
            }
            else
            {
                Tile.MultiplyOneRow(hTile, weightTile, sums, x, y);
            }
            Group.Barrier();
        }
        int unit = firstUnit + x;
        for (int r = 0; r < rows; r++)
        {
            int row = firstRow + (y * rows) + r;
            if (row < batch && unit < hidden)
            {
                long at = ((long)row * hidden) + unit;
                long gate = ((long)row * hidden * Gate.Count) + unit;
                if (Recurrent.IsPadded(lengths, row, t))
                {
                    LstmElement.ForwardPadded(cPrevious[at], gates, gate, h, c, at, hidden);
                    continue;
                }
                int sum = Gate.Count * r;
                LstmElement.Forward(
                    PreActivation(gates, bias, gate, unit, hidden, Gate.Input, sums[sum + Gate.Input]),
                    PreActivation(gates, bias, gate, unit, hidden, Gate.Forget, sums[sum + Gate.Forget]),
                    PreActivation(gates, bias, gate, unit, hidden, Gate.Cell, sums[sum + Gate.Cell]),
                    PreActivation(gates, bias, gate, unit, hidden, Gate.Output, sums[sum + Gate.Output]),
                    cPrevious[at],
                    gates,
                    gate,
                    h,
                    c,
                    at,
                    hidden);
            }
        }
    }

    /// <summary>
    /// Gradients of one step before activation: dh = dHidden + dgatesNext·W_hh (a row's last step: + dStateH), dc = dcNext + dh∘o∘(1−tanh²c),
    /// di = dc∘g∘i(1−i), df = dc∘c'∘f(1−f), dg = dc∘i∘(1−g²), do = dh∘tanh(c)∘o(1−o), dc' = dc∘f. Padded: 0, and dc stays.
    /// Groups of 16·rows of the batch × 64 units.
    /// </summary>
    [Kernel(Tile.Threads, Tile.Threads, Contract = true)]
    public static void BackwardStep(
        [Values(1, 4)] SpecializedValue<int> rows,   // of the batch, per thread
        [Values(Rounding.Fp32, Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,   // of the operands
        ArrayView<float> weightHh,                   // [4H,H], the copy of Pack where the form has 16 bits
        ArrayView<float> dGatesNext,                 // [B,4H], empty at the last step
        ArrayView<float> dHidden,                    // [B,H]
        ArrayView<float> dStateH,                    // [B,H], read at a row's last step only
        ArrayView<float> cPrevious,                  // [B,H]
        ArrayView<float> c,                          // [B,H]
        ArrayView<float> gates,                      // [B,4H] in: i f g o, out: their gradients
        ArrayView<float> dStateC,                    // [B,H] in: dc of the next step, out: dc of the previous
        ArrayView<int> lengths,                      // [B] or empty
        int t,
        int batch,
        int hidden)
    {
        ArrayView<float> gradientTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> weightTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * Tile.Threads) + x;
        int firstRow = Grid.IdxX * Tile.Threads * rows;
        int firstUnit = Grid.IdxY * Tile.Columns;
        bool isLast = dGatesNext.Length == 0;
        int k = isLast ? 0 : Gate.Count * hidden;
        SpecializedValue<int> weightForm = SpecializedValue.New(form == Rounding.Bf16 || form == Rounding.Fp16 ? form + Rounding.ToStored : form);
        Tile.Clear(sums);
        for (int k0 = 0; k0 < k; k0 += Tile.Depth)
        {
            Tile.LoadAlongK(form, gradientTile, dGatesNext, firstRow, batch, k0, k, rows, thread);
            Tile.LoadAcrossK(weightForm, weightTile, weightHh, firstUnit, hidden, k0, k, 4, thread);
            Group.Barrier();
            if (rows == 4)
            {
                Tile.MultiplyFourRows(gradientTile, weightTile, sums, x, y);
            }
            else
            {
                Tile.MultiplyOneRow(gradientTile, weightTile, sums, x, y);
            }
            Group.Barrier();
        }
        for (int r = 0; r < rows; r++)
        {
            for (int s = 0; s < 4; s++)
            {
                int row = firstRow + (y * rows) + r;
                int unit = firstUnit + (4 * x) + s;
                if (row < batch && unit < hidden)
                {
                    long at = ((long)row * hidden) + unit;
                    long gate = ((long)row * hidden * Gate.Count) + unit;
                    if (Recurrent.IsPadded(lengths, row, t))
                    {
                        LstmElement.Store(gates, gate, hidden, 0f, 0f, 0f, 0f);
                        continue;
                    }
                    bool isRowsLast = isLast || Recurrent.IsPadded(lengths, row, t + 1);
                    float carried = isRowsLast ? dStateH[at] : sums[(4 * r) + s];
                    LstmElement.Backward(
                        gates[gate + (Gate.Input * hidden)],
                        gates[gate + (Gate.Forget * hidden)],
                        gates[gate + (Gate.Cell * hidden)],
                        gates[gate + (Gate.Output * hidden)],
                        dHidden[at] + carried,
                        dStateC[at],
                        cPrevious[at],
                        c[at],
                        gates,
                        gate,
                        dStateC,
                        at,
                        hidden);
                }
            }
        }
    }

    private static float PreActivation(ArrayView<float> gates, ArrayView<float> bias, long gate, int unit, int hidden, int which, float product) =>
        gates[gate + (which * hidden)] + bias[unit + (which * hidden)] + product;
}
