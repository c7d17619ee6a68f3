using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

internal readonly ref partial struct KernelRecurrence
{
    private DeviceSlice<float> InputScales => reserve.NormScales.Slice(0, shape.Rows);

    private void LstmForward(int t)
    {
        bool isNormed = options.LayerNorm;
        if (isNormed)
        {
            Multiply(t, HiddenGates(t), accumulate: false);
            Normalise(HiddenGates(t), HiddenScales(t), shape.B, t);
        }
        else
        {
            Multiply(t, Gates(t), accumulate: true);
        }
        DeviceSlice<float> output = shape.HasProjection ? Unprojected(t) : Hidden(t + 1);
        // Behind a projection zoneout has to wait for the product.
        DeviceSlice<float> hPrevious = HasZoneoutHidden && !shape.HasProjection ? Hidden(t) : default;
        LstmCellLauncher.Forward(
            queue,
            PerUnit,
            weights.BiasIh,
            weights.BiasHh,
            weights.Peephole,
            weights.NormIh,
            weights.NormHh,
            isNormed ? reserve.InputNorm.Slice(t * GateRows, GateRows) : default,
            isNormed ? HiddenGates(t) : default,
            hPrevious,
            Cell(t),
            Gates(t),
            isNormed ? CellNorm(t) : default,
            output,
            Cell(t + 1),
            Candidate(t),
            ZoneoutHidden(t),
            ZoneoutCell(t),
            lengths,
            t,
            shape.H,
            options.Coupled,
            options.CellClip,
            options.ZoneoutHidden,
            options.ZoneoutCell);
        if (isNormed)
        {
            NormLauncher.Output(
                queue,
                PerRow,
                weights.NormCell,
                weights.NormCellBias,
                Gates(t),
                CellNorm(t),
                CellScales(t),
                hPrevious,
                output,
                ZoneoutHidden(t),
                lengths,
                t,
                shape.H,
                CellOptions.NormEpsilon,
                options.ZoneoutHidden);
        }
        if (shape.HasProjection)
        {
            dense.Gemm(GemmLayout.NT, shape.B, shape.P, shape.H, output, weights.WeightHr, Hidden(t + 1), accumulate: false);
            if (HasZoneoutHidden)
            {
                RecurrentLauncher.Zoneout(queue, PerOutput, Hidden(t), Hidden(t + 1), ZoneoutHidden(t), lengths, t, shape.P, options.ZoneoutHidden);
            }
        }
    }

    private void LstmBackward(int t, in RecurrentGradients gradients, in RecurrentWorkspace workspace)
    {
        DeviceSlice<float> dOutput = DHidden(gradients, t);
        DeviceSlice<float> dStateH = gradients.DStateH;
        if (shape.HasProjection)
        {
            DeviceSlice<float> dProjected = workspace.DProjected.Slice(t * Output, Output);
            RecurrentLauncher.TakeGradient(
                queue, PerOutput, dOutput, dStateH, ZoneoutHidden(t), lengths, dProjected, t, shape.P, options.ZoneoutHidden);
            dense.Gemm(GemmLayout.NN, shape.B, shape.H, shape.P, dProjected, weights.WeightHr, workspace.DUnprojected, accumulate: false);
            (dOutput, dStateH) = (workspace.DUnprojected, default);
        }
        DeviceSlice<float> zoneoutHidden = shape.HasProjection ? default : ZoneoutHidden(t);
        if (options.LayerNorm)
        {
            NormLauncher.OutputBackward(
                queue,
                PerRow,
                weights.NormCell,
                weights.NormCellBias,
                Gates(t),
                CellNorm(t),
                CellScales(t),
                dOutput,
                dStateH,
                workspace.DCellNorm.Slice(t * State, State),
                workspace.DOutputCell,
                zoneoutHidden,
                lengths,
                t,
                shape.H,
                options.ZoneoutHidden);
        }
        LstmCellLauncher.Backward(
            queue,
            PerUnit,
            weights.Peephole,
            Cell(t),
            Gates(t),
            dOutput,
            dStateH,
            gradients.DStateC,
            workspace.DOutputCell,
            OfStep(workspace.NewCell, t, State),
            Candidate(t),
            zoneoutHidden,
            ZoneoutCell(t),
            lengths,
            t,
            shape.H,
            options.Coupled,
            options.CellClip,
            options.ZoneoutHidden,
            options.ZoneoutCell);
        if (options.LayerNorm)
        {
            // Here and not after all steps: the next launch puts the gradient where norm(W_hh·h') stands.
            ColumnProductSums(shape.B, shape.GateWidth, Gates(t), shape.GateWidth, HiddenGates(t), gradients.Weights.NormHh);
            NormLauncher.RowsBackward(queue, PerRow, Gates(t), weights.NormHh, HiddenGates(t), HiddenScales(t), shape.GateWidth, SkipFrom, SkipTo);
        }
    }

    private void LstmWeightGradients(RecurrentWeights gradients, in RecurrentWorkspace workspace)
    {
        BiasGradients(reserve.Gates, gradients.BiasIh, gradients.BiasHh);
        if (shape.HasProjection)
        {
            dense.Gemm(GemmLayout.TN, shape.P, shape.H, shape.Rows, workspace.DProjected, reserve.Unprojected, gradients.WeightHr, accumulate: true);
        }
        if (options.Peephole)
        {
            DeviceSlice<float> newCells = workspace.NewCell.IsEmpty ? reserve.Cell.Slice(State, shape.T * State) : workspace.NewCell;
            PeepholeGradient(Gate.Input, reserve.Cell, gradients.Peephole, LstmCellKernels.PeepInput);
            PeepholeGradient(Gate.Forget, reserve.Cell, gradients.Peephole, LstmCellKernels.PeepForget);
            PeepholeGradient(Gate.Output, newCells, gradients.Peephole, LstmCellKernels.PeepOutput);
        }
        if (options.LayerNorm)
        {
            dense.ColumnSums(shape.Rows, shape.H, workspace.DCellNorm, gradients.NormCellBias, default);
            ColumnProductSums(shape.Rows, shape.H, workspace.DCellNorm, shape.H, reserve.CellNorm, gradients.NormCell);
            ColumnProductSums(shape.Rows, shape.GateWidth, reserve.Gates, shape.GateWidth, reserve.InputNorm, gradients.NormIh);
            NormLauncher.RowsBackward(
                queue, (shape.Rows, 1, 1), reserve.Gates, weights.NormIh, reserve.InputNorm, InputScales, shape.GateWidth, SkipFrom, SkipTo);
        }
    }

    private void PeepholeGradient(int gate, DeviceSlice<float> cells, DeviceSlice<float> gradient, int block)
    {
        DeviceSlice<float> dGates = reserve.Gates.Slice((long)gate * shape.H, reserve.Gates.Length - (long)gate * shape.H);
        ColumnProductSums(shape.Rows, shape.H, dGates, shape.GateWidth, cells, gradient.Slice((long)block * shape.H, shape.H));
    }

    /// <summary>sums += Σ_r a[r,:]∘b[r,:].</summary>
    private void ColumnProductSums(int rows, int columns, DeviceSlice<float> a, int aStride, DeviceSlice<float> b, DeviceSlice<float> sums) =>
        BiasLauncher.ColumnProductSums(queue, ((columns + 15) / 16, 1, 1), a, b, sums, rows, columns, aStride, columns);

    private void Normalise(DeviceSlice<float> values, DeviceSlice<float> scales, int rows, int firstStep) =>
        NormLauncher.Rows(
            queue, (rows, 1, 1), values, scales, lengths, firstStep, shape.B, shape.GateWidth, SkipFrom, SkipTo, CellOptions.NormEpsilon);

    /// <summary>With coupling there is no forget gate of its own to normalise.</summary>
    private int SkipFrom => options.Coupled ? Gate.Forget * shape.H : 0;

    private int SkipTo => options.Coupled ? SkipFrom + shape.H : 0;

    private Index3D PerRow => (shape.B, 1, 1);

    private DeviceSlice<float> Cell(int slot) => reserve.Cell.Slice(slot * State, State);

    private DeviceSlice<float> CellNorm(int t) => reserve.CellNorm.Slice(t * State, State);

    private DeviceSlice<float> Unprojected(int t) => reserve.Unprojected.Slice(t * State, State);

    private DeviceSlice<float> HiddenScales(int t) => reserve.NormScales.Slice(shape.Rows + ((long)t * shape.B), shape.B);

    private DeviceSlice<float> CellScales(int t) => reserve.NormScales.Slice((2L * shape.Rows) + ((long)t * shape.B), shape.B);

    private DeviceSlice<float> ZoneoutCell(int t) => OfStep(masks.ZoneoutCell, t, State);
}
