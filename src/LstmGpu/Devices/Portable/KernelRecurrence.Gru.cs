using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

internal readonly ref partial struct KernelRecurrence
{
    // With the reset gate before the product, HiddenGates is two matrices, [T,B,2H] of r and z and [T,B,H] of n: their rows are operands of different products.
    // That r and z are the first blocks of the weights is GruGate's order.

    private DeviceSlice<float> ResetProducts => reserve.HiddenGates.Slice(0, 2 * shape.T * State);

    private DeviceSlice<float> NewProducts => reserve.HiddenGates.Slice(2 * shape.T * State, shape.T * State);

    private DeviceSlice<float> WeightReset => weights.WeightHh.Slice(0, 2L * shape.H * shape.H);

    private DeviceSlice<float> WeightNew => weights.WeightHh.Slice(2L * shape.H * shape.H, (long)shape.H * shape.H);

    private void GruForward(int t)
    {
        Multiply(t, HiddenGates(t), accumulate: false);
        GruLauncher.Forward(
            queue,
            PerUnit,
            weights.BiasIh,
            weights.BiasHh,
            Hidden(t),
            Gates(t),
            HiddenGates(t),
            Hidden(t + 1),
            Candidate(t),
            ZoneoutHidden(t),
            lengths,
            t,
            shape.H,
            options.ZoneoutHidden);
    }

    private void GruBackward(int t, in RecurrentGradients gradients) =>
        GruLauncher.Backward(
            queue,
            PerUnit,
            DHidden(gradients, t),
            gradients.DStateH,
            Hidden(t),
            Gates(t),
            HiddenGates(t),
            Candidate(t),
            ZoneoutHidden(t),
            lengths,
            t,
            shape.H,
            options.ZoneoutHidden);

    private void GruResetBeforeForward(int t)
    {
        DeviceSlice<float> products = ResetProducts.Slice(2 * t * State, 2 * State);
        DeviceSlice<float> product = NewProducts.Slice(t * State, State);
        DeviceSlice<float> resetHidden = reserve.ResetHidden.Slice(t * State, State);
        dense.Gemm(GemmLayout.NT, shape.B, 2 * shape.H, shape.H, HiddenInput(t), WeightReset, products, accumulate: false);
        GruLauncher.Reset(queue, PerUnit, weights.BiasIh, weights.BiasHh, HiddenInput(t), Gates(t), products, resetHidden, lengths, t, shape.H);
        dense.Gemm(GemmLayout.NT, shape.B, shape.H, shape.H, resetHidden, WeightNew, product, accumulate: false);
        GruLauncher.Candidate(
            queue,
            PerUnit,
            weights.BiasIh,
            weights.BiasHh,
            Hidden(t),
            Gates(t),
            product,
            Hidden(t + 1),
            Candidate(t),
            ZoneoutHidden(t),
            lengths,
            t,
            shape.H,
            options.ZoneoutHidden);
    }

    private void GruResetBeforeBackward(int t, in RecurrentGradients gradients, in RecurrentWorkspace workspace)
    {
        DeviceSlice<float> dProducts = ResetProducts.Slice(2 * t * State, 2 * State);
        DeviceSlice<float> dProduct = NewProducts.Slice(t * State, State);
        GruLauncher.BackwardCandidate(
            queue,
            PerUnit,
            DHidden(gradients, t),
            gradients.DStateH,
            Hidden(t),
            Gates(t),
            dProducts,
            dProduct,
            Candidate(t),
            ZoneoutHidden(t),
            lengths,
            t,
            shape.H,
            options.ZoneoutHidden);
        bool isMasked = !masks.Hidden.IsEmpty;
        dense.Gemm(GemmLayout.NN, shape.B, shape.H, shape.H, dProduct, WeightNew, workspace.Product, accumulate: false);
        GruLauncher.BackwardReset(
            queue, PerUnit, HiddenInput(t), Gates(t), dProducts, workspace.Product, isMasked ? default : gradients.DStateH, shape.H);
        DeviceSlice<float> dInput = isMasked ? workspace.Product : gradients.DStateH;
        dense.Gemm(GemmLayout.NN, shape.B, shape.H, 2 * shape.H, dProducts, WeightReset, dInput, accumulate: true);
        if (isMasked)
        {
            RecurrentLauncher.Mask(queue, PerUnit, dInput, masks.Hidden, gradients.DStateH, accumulate: true);
        }
    }
}
