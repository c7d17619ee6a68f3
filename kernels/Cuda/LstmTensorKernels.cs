using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// The steps of <see cref="LstmKernels"/> with their recurrent product on tensor cores: the same products of rounded operands, summed in another order; sums,
/// gates and states are float32 as there.
/// </summary>
internal static class LstmTensorKernels
{
    /// <summary>
    /// packed = W_hh as fragments of <see cref="LstmTensorTile"/>, rounded, 0 outside. Forward k is h': rows g and g+8 of tile n are the gates 2·(n%2) and
    /// 2·(n%2)+1 of unit 8·(n/2) + g, so that the four gates of a unit meet in one lane. Backward k is 4H, and a row is a unit. A thread per word.
    /// </summary>
    [Kernel(256, ComputeCapability = 80)]
    public static void Pack(
        [Values(false, true)] SpecializedValue<bool> backward,
        [Values(Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> weightHh,   // [4H,H]
        ArrayView<float> packed,     // [tiles,blocks of k,1 or 2,32,4]
        int hidden)
    {
        long word = ((long)Grid.IdxX * 256) + Group.IdxX;
        if (word < packed.Length)
        {
            int k = backward ? Gate.Count * hidden : hidden;
            int blocks = (TensorTile.Words(form, k) + LstmTensorTile.Depth - 1) / LstmTensorTile.Depth;
            int register = (int)(word % 4);
            int lane = (int)(word / 4 % 32);
            long fragment = word / LstmTensorTile.Fragment;
            int part = (int)(fragment % LstmTensorTile.PerTile);
            int block = (int)(fragment / LstmTensorTile.PerTile % blocks);
            int tile = (int)(fragment / LstmTensorTile.PerTile / blocks);
            int row = (lane / 4) + (register % 2 * 8);
            int ofRow = (block * LstmTensorTile.Depth) + (lane % 4 * 4) + (2 * part) + (register / 2);
            ArrayView<uint> words = packed.Cast<uint>();
            if (form == Rounding.Tf32)
            {
                words[word] = TensorCore.Single(Weight(backward, weightHh, tile, row, ofRow, hidden));
            }
            else
            {
                words[word] = TensorCore.Pair(
                    form, Weight(backward, weightHh, tile, row, 2 * ofRow, hidden), Weight(backward, weightHh, tile, row, (2 * ofRow) + 1, hidden));
            }
        }
    }

    /// <summary>Groups of the batch's rows × 8 units, wide: 16.</summary>
    [Kernel(LstmTensorTile.Threads, Contract = true, ComputeCapability = 80)]
    public static void ForwardStep(
        [Values(LstmTensorTile.Narrow, LstmTensorTile.Middle, LstmTensorTile.Wide)] SpecializedValue<int> columns,   // rows of the batch of a group
        [Values(Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> packed,      // as Pack left it, forward
        ArrayView<float> bias,        // [4H]
        ArrayView<float> operand,     // h' [B,words]: itself for tf32, else in the form
        ArrayView<float> cPrevious,   // [B,H]
        ArrayView<float> gates,       // [B,4H] in: x·W_ihᵀ, out: i f g o
        ArrayView<float> h,           // [B,H]
        ArrayView<float> c,           // [B,H]
        ArrayView<float> next,        // h in the form, [B,words]; empty for tf32
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int batch,
        int hidden,
        bool byFours)                 // whether the rows of the operand begin at multiples of 16 bytes
    {
        int across = columns / TensorCore.Columns;
        int tiles = columns == LstmTensorTile.Wide ? 4 : 2;
        // Of a thread: a lane's sums are of 2 rows of the batch for each 8 units and 8 rows; the warps have one row each.
        int elements = columns == LstmTensorTile.Wide ? 4 : 1;
        ArrayView<float> shared = SharedMemory.Allocate<float>(LstmTensorTile.Length);
        ArrayView<float> sums = LocalMemory.Allocate<float>(4 * tiles * across);
        ArrayView<float> before = LocalMemory.Allocate<float>(5 * elements);
        int lane = Warp.LaneIdx;
        int firstRow = Grid.IdxX * columns;
        int firstUnit = Grid.IdxY * (4 * tiles);
        int allTiles = (hidden + 7) / 8 * 2;
        int words = TensorTile.Words(form, hidden);
        for (int e = 0; e < elements; e++)
        {
            // Read ahead of the product, which takes its time.
            int place = (4 * e) + Warp.WarpIdx;
            int row = firstRow + (place / 2 % across * 8) + (lane % 4 * 2) + (place % 2);
            int unit = firstUnit + (place / (2 * across) * 8) + (lane / 4);
            if (place < tiles * across && row < batch && unit < hidden)
            {
                long gate = ((long)row * hidden * Gate.Count) + unit;
                for (int n = 0; n < Gate.Count; n++)
                {
                    before[(5 * e) + n] = gates[gate + (n * hidden)] + bias[unit + (n * hidden)];
                }
                before[(5 * e) + 4] = cPrevious[((long)row * hidden) + unit];
            }
        }
        LstmTensorTile.Multiply(
            columns, form, SpecializedValue.New(tiles), shared, sums, packed, Grid.IdxY * tiles, allTiles, operand, firstRow, batch, words, byFours);
        LstmTensorTile.Share(SpecializedValue.New(4 * tiles * across), shared, sums);
        for (int e = 0; e < elements; e++)
        {
            int place = (4 * e) + Warp.WarpIdx;
            int row = firstRow + (place / 2 % across * 8) + (lane % 4 * 2) + (place % 2);
            int unit = firstUnit + (place / (2 * across) * 8) + (lane / 4);
            if (place < tiles * across && row < batch && unit < hidden)
            {
                long at = ((long)row * hidden) + unit;
                long gate = ((long)row * hidden * Gate.Count) + unit;
                if (Recurrent.IsPadded(lengths, row, t))
                {
                    LstmElement.ForwardPadded(before[(5 * e) + 4], gates, gate, h, c, at, hidden);
                    Keep(form, next, ((long)row * words * 2) + unit, 0f);
                    continue;
                }
                // Two gates of a tile, two rows of the batch of a gate: the sums of i and f, and of g and o in the next tile.
                int upper = (((place / (2 * across) * 2 * across) + (place / 2 % across)) * 4) + (place % 2);
                int lower = upper + (4 * across);
                LstmElement.Forward(
                    before[(5 * e) + Gate.Input] + LstmTensorTile.Total(shared, upper),
                    before[(5 * e) + Gate.Forget] + LstmTensorTile.Total(shared, upper + 2),
                    before[(5 * e) + Gate.Cell] + LstmTensorTile.Total(shared, lower),
                    before[(5 * e) + Gate.Output] + LstmTensorTile.Total(shared, lower + 2),
                    before[(5 * e) + 4],
                    gates,
                    gate,
                    h,
                    c,
                    at,
                    hidden);
                Keep(form, next, ((long)row * words * 2) + unit, h[at]);
            }
        }
    }

    /// <summary>Groups of the batch's rows × 16 units, wide: 32.</summary>
    [Kernel(LstmTensorTile.Threads, Contract = true, ComputeCapability = 80)]
    public static void BackwardStep(
        [Values(LstmTensorTile.Narrow, LstmTensorTile.Middle, LstmTensorTile.Wide)] SpecializedValue<int> columns,   // rows of the batch of a group
        [Values(Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> packed,       // as Pack left it, backward
        ArrayView<float> operand,      // dgates of the next step [B,words]: themselves for tf32, else in the form; empty at the last step
        ArrayView<float> dHidden,      // [B,H]
        ArrayView<float> dStateH,      // [B,H], read at a row's last step only
        ArrayView<float> cPrevious,    // [B,H]
        ArrayView<float> c,            // [B,H]
        ArrayView<float> gates,        // [B,4H] in: i f g o, out: their gradients
        ArrayView<float> dStateC,      // [B,H] in: dc of the next step, out: dc of the previous
        ArrayView<float> next,         // dgates in the form, [B,words]; empty for tf32
        ArrayView<int> lengths,        // [B] or empty
        int t,
        int batch,
        int hidden,
        bool byFours)                  // whether the rows of the operand begin at multiples of 16 bytes
    {
        int across = columns / TensorCore.Columns;
        int tiles = columns == LstmTensorTile.Wide ? 2 : 1;
        // Of a thread: a lane has 4 sums for each 16 units and 8 rows of the batch, and a warp takes one of the four.
        int elements = tiles * across;
        ArrayView<float> shared = SharedMemory.Allocate<float>(LstmTensorTile.Length);
        ArrayView<float> sums = LocalMemory.Allocate<float>(4 * elements);
        ArrayView<float> before = LocalMemory.Allocate<float>(8 * elements);
        int quarter = Warp.WarpIdx;
        int firstRow = Grid.IdxX * columns;
        int firstUnit = Grid.IdxY * (16 * tiles);
        int rowOfLane = firstRow + (Warp.LaneIdx % 4 * 2) + (quarter % 2);
        int unitOfLane = firstUnit + (Warp.LaneIdx / 4) + (quarter / 2 * 8);
        bool isLast = operand.Length == 0;
        int words = TensorTile.Words(form, Gate.Count * hidden);
        for (int e = 0; e < elements; e++)
        {
            int row = rowOfLane + (e % across * 8);
            int unit = unitOfLane + (e / across * 16);
            if (row < batch && unit < hidden)
            {
                long at = ((long)row * hidden) + unit;
                long gate = ((long)row * hidden * Gate.Count) + unit;
                for (int n = 0; n < Gate.Count; n++)
                {
                    before[(8 * e) + n] = gates[gate + (n * hidden)];
                }
                before[(8 * e) + 4] = dHidden[at];
                before[(8 * e) + 5] = dStateC[at];
                before[(8 * e) + 6] = cPrevious[at];
                before[(8 * e) + 7] = c[at];
            }
        }
        LstmTensorTile.Multiply(
            columns,
            form,
            SpecializedValue.New(tiles),
            shared,
            sums,
            packed,
            Grid.IdxY * tiles,
            (hidden + 15) / 16,
            operand,
            firstRow,
            batch,
            isLast ? 0 : words,
            byFours);
        LstmTensorTile.Share(SpecializedValue.New(4 * elements), shared, sums);
        for (int e = 0; e < elements; e++)
        {
            int row = rowOfLane + (e % across * 8);
            int unit = unitOfLane + (e / across * 16);
            if (row < batch && unit < hidden)
            {
                long at = ((long)row * hidden) + unit;
                long gate = ((long)row * hidden * Gate.Count) + unit;
                if (Recurrent.IsPadded(lengths, row, t))
                {
                    LstmElement.Store(gates, gate, hidden, 0f, 0f, 0f, 0f);
                    KeepGates(form, next, ((long)row * words * 2) + unit, gates, gate, hidden);
                    continue;
                }
                bool isRowsLast = isLast || Recurrent.IsPadded(lengths, row, t + 1);
                float carried = isRowsLast ? dStateH[at] : LstmTensorTile.Total(shared, (4 * e) + quarter);
                LstmElement.Backward(
                    before[(8 * e) + Gate.Input],
                    before[(8 * e) + Gate.Forget],
                    before[(8 * e) + Gate.Cell],
                    before[(8 * e) + Gate.Output],
                    before[(8 * e) + 4] + carried,
                    before[(8 * e) + 5],
                    before[(8 * e) + 6],
                    before[(8 * e) + 7],
                    gates,
                    gate,
                    dStateC,
                    at,
                    hidden);
                KeepGates(form, next, ((long)row * words * 2) + unit, gates, gate, hidden);
            }
        }
    }

    // The next step's operand. With tf32 it is the value itself.
    private static void Keep(SpecializedValue<int> form, ArrayView<float> next, long at, float value)
    {
        if (form == Rounding.Bf16 || form == Rounding.Fp16)
        {
            Rounding.Store(form, next, at, value);
        }
    }

    private static void KeepGates(SpecializedValue<int> form, ArrayView<float> next, long at, ArrayView<float> gates, long gate, int hidden)
    {
        for (int n = 0; n < Gate.Count; n++)
        {
            Keep(form, next, at + (n * hidden), gates[gate + (n * hidden)]);
        }
    }

    private static float Weight(SpecializedValue<bool> backward, ArrayView<float> weightHh, int tile, int row, int k, int hidden)
    {
        int unit = backward ? (tile * 16) + row : (tile / 2 * 8) + (row % 8);
        int gateRow = backward ? k : (((tile % 2 * 2) + (row / 8)) * hidden) + unit;
        int column = backward ? unit : k;
        bool isInside = unit < hidden && k < (backward ? Gate.Count * hidden : hidden);
        return isInside ? weightHh[((long)gateRow * hidden) + column] : 0f;
    }
}
