using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>
/// One call of the general recurrence: products of all steps first, then per step the recurrent product and the cell, backward the mirror of it. What a
/// cell does with a step stands in the files beside this one.
/// </summary>
internal readonly ref partial struct KernelRecurrence(
    KernelBackend dense,
    IDeviceQueue queue,
    RecurrentShape shape,
    CellOptions options,
    RecurrentWeights weights,
    RecurrentReserve reserve,
    RecurrentMasks masks,
    DeviceSlice<int> lengths)
{
    private long State => (long)shape.B * shape.H;

    private long Output => (long)shape.B * shape.P;

    private long GateRows => (long)shape.B * shape.GateWidth;

    private Index3D PerUnit => PerElement(State);

    private Index3D PerOutput => PerElement(Output);

    private bool HasZoneoutHidden => options.ZoneoutHidden > 0 || !masks.ZoneoutHidden.IsEmpty;

    public void Forward(DeviceSlice<float> x)
    {
        dense.Gemm(GemmLayout.NT, shape.Rows, shape.GateWidth, shape.I, x, weights.WeightIh, InputPart, accumulate: false);
        if (options.LayerNorm)
        {
            Normalise(reserve.InputNorm, InputScales, shape.Rows, firstStep: 0);
        }
        for (int t = 0; t < shape.T; t++)
        {
            if (!masks.Hidden.IsEmpty)
            {
                RecurrentLauncher.Mask(queue, PerOutput, Hidden(t), masks.Hidden, HiddenInput(t), accumulate: false);
            }
            switch (shape.Cell)
            {
                case CellKind.Lstm:
                    LstmForward(t);
                    break;
                case CellKind.Gru:
                    GruForward(t);
                    break;
                case CellKind.GruResetBefore:
                    GruResetBeforeForward(t);
                    break;
                default:
                    Multiply(t, Gates(t), accumulate: true);
                    RnnLauncher.Forward(
                        queue,
                        PerUnit,
                        shape.Cell == CellKind.RnnRelu,
                        weights.BiasIh,
                        weights.BiasHh,
                        Hidden(t),
                        Gates(t),
                        Hidden(t + 1),
                        ZoneoutHidden(t),
                        lengths,
                        t,
                        shape.H,
                        options.ZoneoutHidden);
                    break;
            }
        }
    }

    public void Backward(DeviceSlice<float> x, in RecurrentGradients gradients)
    {
        RecurrentWorkspace workspace = new(shape, options, gradients.Workspace);
        for (int t = shape.T - 1; t >= 0; t--)
        {
            switch (shape.Cell)
            {
                case CellKind.Lstm:
                    LstmBackward(t, gradients, workspace);
                    break;
                case CellKind.Gru:
                    GruBackward(t, gradients);
                    break;
                case CellKind.GruResetBefore:
                    GruResetBeforeBackward(t, gradients, workspace);
                    continue;
                default:
                    RnnLauncher.Backward(
                        queue,
                        PerUnit,
                        shape.Cell == CellKind.RnnRelu,
                        DHidden(gradients, t),
                        gradients.DStateH,
                        Gates(t),
                        ZoneoutHidden(t),
                        lengths,
                        t,
                        shape.H,
                        options.ZoneoutHidden);
                    break;
            }
            DeviceSlice<float> dProduct = shape.SeparatesHidden(options) ? HiddenGates(t) : Gates(t);
            if (masks.Hidden.IsEmpty)
            {
                dense.Gemm(GemmLayout.NN, shape.B, shape.P, shape.GateWidth, dProduct, weights.WeightHh, gradients.DStateH, accumulate: true);
            }
            else
            {
                DeviceSlice<float> dInput = workspace.Product.Slice(0, Output);
                dense.Gemm(GemmLayout.NN, shape.B, shape.P, shape.GateWidth, dProduct, weights.WeightHh, dInput, accumulate: false);
                RecurrentLauncher.Mask(queue, PerOutput, dInput, masks.Hidden, gradients.DStateH, accumulate: true);
            }
        }
        HiddenWeightGradients(gradients.Weights);
        switch (shape.Cell)
        {
            case CellKind.Lstm:
                LstmWeightGradients(gradients.Weights, workspace);
                break;
            case CellKind.Gru:
                BiasGradients(reserve.Gates, gradients.Weights.BiasIh, default);
                BiasGradients(reserve.HiddenGates, gradients.Weights.BiasHh, default);
                break;
            default:
                BiasGradients(reserve.Gates, gradients.Weights.BiasIh, gradients.Weights.BiasHh);
                break;
        }
        dense.InputWeightGradient(shape.T, shape.B, shape.GateWidth, shape.I, InputPart, x, gradients.Weights.WeightIh, lengths);
        if (!gradients.DX.IsEmpty)
        {
            dense.Gemm(GemmLayout.NN, shape.Rows, shape.I, shape.GateWidth, InputPart, weights.WeightIh, gradients.DX, accumulate: false);
        }
    }

    private void HiddenWeightGradients(RecurrentWeights gradients)
    {
        DeviceSlice<float> inputs = masks.Hidden.IsEmpty ? reserve.Hidden : reserve.HiddenInput;
        if (shape.Cell == CellKind.GruResetBefore)
        {
            long both = 2L * shape.H * shape.H;
            DeviceSlice<float> dNew = gradients.WeightHh.Slice(both, (long)shape.H * shape.H);
            dense.Gemm(GemmLayout.TN, 2 * shape.H, shape.H, shape.Rows, ResetProducts, inputs, gradients.WeightHh.Slice(0, both), accumulate: true);
            dense.Gemm(GemmLayout.TN, shape.H, shape.H, shape.Rows, NewProducts, reserve.ResetHidden, dNew, accumulate: true);
        }
        else
        {
            DeviceSlice<float> dProducts = shape.SeparatesHidden(options) ? reserve.HiddenGates : reserve.Gates;
            dense.Gemm(GemmLayout.TN, shape.GateWidth, shape.P, shape.Rows, dProducts, inputs, gradients.WeightHh, accumulate: true);
        }
    }

    private void BiasGradients(DeviceSlice<float> dGates, DeviceSlice<float> first, DeviceSlice<float> second)
    {
        if (!first.IsEmpty)
        {
            dense.ColumnSums(shape.Rows, shape.GateWidth, dGates, first, second);
        }
    }

    /// <summary>products = h'·W_hhᵀ of a step, or added to them.</summary>
    private void Multiply(int t, DeviceSlice<float> products, bool accumulate) =>
        dense.Gemm(GemmLayout.NT, shape.B, shape.GateWidth, shape.P, HiddenInput(t), weights.WeightHh, products, accumulate);

    /// <summary>Where x·W_ihᵀ goes, and what its gradient comes to stand in.</summary>
    private DeviceSlice<float> InputPart => options.LayerNorm ? reserve.InputNorm : reserve.Gates;

    /// <summary>What W_hh is multiplied by.</summary>
    private DeviceSlice<float> HiddenInput(int t) => masks.Hidden.IsEmpty ? Hidden(t) : reserve.HiddenInput.Slice(t * Output, Output);

    private DeviceSlice<float> Hidden(int slot) => reserve.Hidden.Slice(slot * Output, Output);

    private DeviceSlice<float> Gates(int t) => reserve.Gates.Slice(t * GateRows, GateRows);

    private DeviceSlice<float> HiddenGates(int t) => reserve.HiddenGates.Slice(t * GateRows, GateRows);

    private DeviceSlice<float> DHidden(in RecurrentGradients gradients, int t) => gradients.DHidden.Slice(t * Output, Output);

    private DeviceSlice<float> ZoneoutHidden(int t) => OfStep(masks.ZoneoutHidden, t, Output);

    private DeviceSlice<float> Candidate(int t) => OfStep(masks.Candidate, t, State);

    private static DeviceSlice<float> OfStep(DeviceSlice<float> mask, int t, long length) => mask.IsEmpty ? default : mask.Slice(t * length, length);

    private static Index3D PerElement(long elements) => (checked((int)((elements + LstmGpu.Kernels.Recurrent.Threads - 1) / LstmGpu.Kernels.Recurrent.Threads)), 1, 1);
}
