using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

internal sealed partial class KernelBackend
{
    private bool IsNarrow => precision is ProductPrecision.Bf16 or ProductPrecision.Fp16;

    public long LstmPackedBytes(LstmShape shape) => Kept(shape, default).Length * sizeof(float);

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed)
    {
        PackedLstm kept = Kept(shape, packed);
        if (TakesTensorCores)
        {
            LstmTensorLauncher.Pack(queue, Along(Groups(kept.Forward.Length, 256)), backward: false, Form, weights.WeightHh, kept.Forward, shape.H);
            LstmTensorLauncher.Pack(queue, Along(Groups(kept.Backward.Length, 256)), backward: true, Form, weights.WeightHh, kept.Backward, shape.H);
        }
        else
        {
            int tiles = Groups(shape.H, Tile.Threads);
            LstmLauncher.Pack(queue, (tiles, tiles, 1), Form, weights.WeightHh, kept.Forward, kept.Backward, shape.H);
        }
        if (!kept.Input.IsEmpty)
        {
            StoreOperand(shape.GateWidth, shape.I, weights.WeightIh, kept.Input);
        }
        LstmLauncher.AddBiases(queue, Along(Groups(shape.GateWidth, 256)), weights.BiasIh, weights.BiasHh, kept.Bias, shape.GateWidth);
    }

    public long LstmWorkspaceBytes(LstmShape shape) => 0;

    public void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
    {
        PackedLstm kept = Kept(shape, packed);
        Product(
            GemmKernels.NT, shape.Rows, shape.GateWidth, shape.I, x, weights.WeightIh, reserve.Gates, accumulate: false, lengths: default, batch: 0, kept.Input);
        if (!kept.HiddenOperands.IsEmpty)
        {
            // Both slots: no step writes what lies between the rows.
            StoreOperand(shape.B, shape.H, State(shape, reserve.Hidden, 0), kept.HiddenOperands);
        }
        for (int t = 0; t < shape.T; t++)
        {
            ForwardStep(shape, kept, reserve, lengths, t);
        }
    }

    public void LstmBackward(
        LstmShape shape,
        DeviceSlice<float> x,
        in LstmWeights weights,
        DeviceSlice<float> packed,
        in LstmReserve reserve,
        in LstmGradients gradients,
        DeviceSlice<int> lengths)
    {
        PackedLstm kept = Kept(shape, packed);
        if (!kept.GateOperands.IsEmpty)
        {
            // No step writes what lies between the rows.
            queue.Fill(kept.GateOperands, 0);
        }
        for (int t = shape.T - 1; t >= 0; t--)
        {
            BackwardStep(shape, weights, kept, reserve, gradients, lengths, t);
        }
        if (!lengths.IsEmpty)
        {
            // A sequence without a step hands its gradient through: the product adds 0 to it.
            SequenceLauncher.ClearStarted(queue, Along(shape.B), lengths, gradients.DStateH, shape.H);
        }
        Gemm(GemmLayout.NN, shape.B, shape.H, shape.GateWidth, Gates(shape, reserve, 0), weights.WeightHh, gradients.DStateH, accumulate: !lengths.IsEmpty);
        InputWeightGradient(shape.T, shape.B, shape.GateWidth, shape.I, reserve.Gates, x, gradients.DWeightIh, lengths);
        Gemm(GemmLayout.TN, shape.GateWidth, shape.H, shape.Rows, reserve.Gates, reserve.Hidden, gradients.DWeightHh, accumulate: true);
        if (!gradients.DBiasIh.IsEmpty)
        {
            ColumnSums(shape.Rows, shape.GateWidth, reserve.Gates, gradients.DBiasIh, gradients.DBiasHh);
        }
        if (!gradients.DX.IsEmpty)
        {
            Product(
                GemmKernels.NN, shape.Rows, shape.I, shape.GateWidth, reserve.Gates, weights.WeightIh, gradients.DX, accumulate: false, lengths: default, batch: 0, kept.Input);
        }
    }

    private PackedLstm Kept(LstmShape shape, DeviceSlice<float> packed) => new(shape, precision, TakesTensorCores, StoresOperands, packed);

    // With BackwardStep the one place that chooses who takes a step: tensor cores where the device has them for the precision, whatever the sizes.
    private void ForwardStep(LstmShape shape, PackedLstm kept, LstmReserve reserve, DeviceSlice<int> lengths, int t)
    {
        DeviceSlice<float> hPrevious = State(shape, reserve.Hidden, t), cPrevious = State(shape, reserve.Cell, t);
        DeviceSlice<float> gates = Gates(shape, reserve, t), h = State(shape, reserve.Hidden, t + 1), c = State(shape, reserve.Cell, t + 1);
        if (TakesTensorCores)
        {
            (int columns, Index3D tiles) = TensorStepGrid(shape, backward: false);
            DeviceSlice<float> operand = IsNarrow ? Slot(kept.HiddenOperands, t) : hPrevious, next = Slot(kept.HiddenOperands, t + 1);
            bool byFours = IsNarrow || IsByFours(hPrevious, shape.H);
            LstmTensorLauncher.ForwardStep(
                queue, tiles, columns, Form, kept.Forward, kept.Bias, operand, cPrevious, gates, h, c, next, lengths, t, shape.B, shape.H, byFours);
            return;
        }
        (int rows, Index3D grid) = StepGrid(shape, LstmKernels.Units);
        LstmLauncher.ForwardStep(queue, grid, rows, Form, kept.Forward, kept.Bias, hPrevious, cPrevious, gates, h, c, lengths, t, shape.B, shape.H);
    }

    private void BackwardStep(
        LstmShape shape, in LstmWeights weights, PackedLstm kept, LstmReserve reserve, in LstmGradients gradients, DeviceSlice<int> lengths, int t)
    {
        DeviceSlice<float> dGatesNext = t == shape.T - 1 ? default : Gates(shape, reserve, t + 1), dHidden = State(shape, gradients.DHidden, t);
        DeviceSlice<float> cPrevious = State(shape, reserve.Cell, t), c = State(shape, reserve.Cell, t + 1), gates = Gates(shape, reserve, t);
        if (TakesTensorCores)
        {
            (int columns, Index3D tiles) = TensorStepGrid(shape, backward: true);
            DeviceSlice<float> operand = IsNarrow && !dGatesNext.IsEmpty ? Slot(kept.GateOperands, t + 1) : dGatesNext;
            LstmTensorLauncher.BackwardStep(
                queue,
                tiles,
                columns,
                Form,
                kept.Backward,
                operand,
                dHidden,
                gradients.DStateH,
                cPrevious,
                c,
                gates,
                gradients.DStateC,
                Slot(kept.GateOperands, t),
                lengths,
                t,
                shape.B,
                shape.H,
                IsNarrow || IsByFours(dGatesNext, shape.GateWidth));
            return;
        }
        (int rows, Index3D grid) = StepGrid(shape, Tile.Columns);
        DeviceSlice<float> weightHh = IsNarrow ? kept.Backward : weights.WeightHh;
        LstmLauncher.BackwardStep(
            queue, grid, rows, Form, weightHh, dGatesNext, dHidden, gradients.DStateH, cPrevious, c, gates, gradients.DStateC, lengths, t, shape.B, shape.H);
    }

    /// <summary>What step t reads, and what it leaves for the step after it, lie in turns in the two halves.</summary>
    private static DeviceSlice<float> Slot(DeviceSlice<float> operands, int t) => operands.Slice(t % 2 * (operands.Length / 2), operands.Length / 2);

    /// <summary>[B,H] of a history at one of its time slots.</summary>
    private static DeviceSlice<float> State(LstmShape shape, DeviceSlice<float> history, int slot) =>
        history.Slice((long)slot * shape.B * shape.H, (long)shape.B * shape.H);

    private static DeviceSlice<float> Gates(LstmShape shape, LstmReserve reserve, int t) =>
        reserve.Gates.Slice((long)t * shape.B * shape.GateWidth, (long)shape.B * shape.GateWidth);

    /// <summary>The batch along x, which has no limit worth naming; four of its rows per thread where that fills the device, one otherwise: more groups, each with less to reuse.</summary>
    private (int Rows, Index3D Grid) StepGrid(LstmShape shape, int unitsPerGroup)
    {
        int across = Groups(shape.H, unitsPerGroup);
        int down = Groups(shape.B, Tile.Rows);
        bool fills = shape.B > Tile.Threads && (long)across * down >= Device.Units;
        return fills ? (4, (down, across, 1)) : (1, (Groups(shape.B, Tile.Threads), across, 1));
    }

    /// <summary>
    /// The tile by which the busiest multiprocessor has least to read of weights and of the batch, the smallest of equals; the batch along x.
    /// </summary>
    internal (int Columns, Index3D Grid) TensorStepGrid(LstmShape shape, bool backward)
    {
        (int Columns, Index3D Grid) best = default;
        long least = long.MaxValue;
        foreach (int columns in (ReadOnlySpan<int>)[LstmTensorTile.Narrow, LstmTensorTile.Middle, LstmTensorTile.Wide])
        {
            int tiles = (columns == LstmTensorTile.Wide ? 2 : 1) * (backward ? 1 : 2);
            (int down, int across) = (Groups(shape.B, columns), Groups(shape.H, tiles * (backward ? 16 : 4)));
            long turns = (((long)down * across) + Device.Units - 1) / Device.Units;
            long operands = turns * ((tiles * 16) + Math.Min(columns, shape.B));
            if (operands < least)
            {
                (least, best) = (operands, (columns, (down, across, 1)));
            }
        }
        return best;
    }
}
