using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

internal sealed partial class KernelBackend
{
    // Groups along y of a periodic mask: each draws anew, so no more than fill the device.
    private const int MostRepetitions = 64;

    // No token and no target is this.
    private const int NoIndex = int.MinValue;

    public void Add(DeviceSlice<float> source, DeviceSlice<float> destination) =>
        ElementLauncher.Add(queue, Along(Groups(destination.Length, ElementKernels.Threads)), source, destination);

    public void MultiplyByMask(DeviceSlice<float> x, DeviceSlice<float> mask, DeviceSlice<float> y) =>
        ElementLauncher.MultiplyByMask(queue, Along(Groups(x.Length, ElementKernels.Threads)), x, mask, y);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period)
    {
        if (period == 0 || period >= x.Length)
        {
            Dropout(x, y, probability, key);
            return;
        }
        int repetitions = (int)Math.Min(MostRepetitions, (x.Length + period - 1) / period);
        Index3D grid = (Groups(period, DropoutKernels.Threads * DropoutKernels.PerThread), repetitions, 1);
        DropoutLauncher.ApplyPeriodic(queue, grid, x, y, period, probability, 1f / (1f - probability), key.Seed, DropoutStep(key.Step), key.Site);
    }

    public void EmbeddingForward(
        int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> rowMask, DeviceSlice<float> x) =>
        EmbeddingLauncher.Gather(queue, Along(rows), tokens, weight, rowMask, x, width);

    public void EmbeddingBackward(
        int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight, DeviceSlice<float> rowMask, int paddingToken) =>
        EmbeddingLauncher.Scatter(queue, Along(rows), tokens, dx, dWeight, rowMask, paddingToken, rows, width);

    public long LayerNormWorkspaceBytes(int rows, int width) => 2L * Groups(rows, LayerNormKernels.RowsInBlock) * width * sizeof(float);

    public void LayerNormForward(
        int rows,
        int width,
        DeviceSlice<float> x,
        DeviceSlice<float> gamma,
        DeviceSlice<float> beta,
        DeviceSlice<float> y,
        DeviceSlice<float> mean,
        DeviceSlice<float> inverse) =>
        LayerNormLauncher.Forward(queue, Along(rows), x, gamma, beta, y, mean, inverse, width, CellOptions.NormEpsilon);

    public void LayerNormBackward(
        int rows,
        int width,
        DeviceSlice<float> dy,
        DeviceSlice<float> x,
        DeviceSlice<float> gamma,
        DeviceSlice<float> mean,
        DeviceSlice<float> inverse,
        DeviceSlice<float> dx,
        DeviceSlice<float> dGamma,
        DeviceSlice<float> dBeta,
        DeviceSlice<float> workspace)
    {
        // The parameters first: dx may take the place of dy.
        if (!dGamma.IsEmpty || !dBeta.IsEmpty)
        {
            int blocks = Groups(rows, LayerNormKernels.RowsInBlock);
            LayerNormLauncher.BlockSums(queue, (blocks, Groups(width, 16), 1), dy, x, mean, inverse, workspace, rows, width);
            LayerNormLauncher.AddBlocks(queue, Along(Groups(width, LayerNormKernels.Threads)), workspace, dGamma, dBeta, blocks, width);
        }
        LayerNormLauncher.Backward(queue, Along(rows), dy, x, gamma, mean, inverse, dx, width);
    }

    public void PoolForward(
        Pooling pooling, int steps, int batch, int width, DeviceSlice<int> lengths, DeviceSlice<float> x, DeviceSlice<float> y, DeviceSlice<int> places) =>
        PoolingLauncher.Forward(queue, PerUnit(batch, width), lengths, x, y, places, (int)pooling, steps, width);

    public void PoolBackward(
        Pooling pooling, int steps, int batch, int width, DeviceSlice<int> lengths, DeviceSlice<float> dy, DeviceSlice<int> places, DeviceSlice<float> dx) =>
        PoolingLauncher.Backward(queue, PerUnit(batch, width), lengths, dy, places, dx, (int)pooling, steps, width);

    public void SoftmaxCrossEntropy(
        int rows,
        int vocabulary,
        DeviceSlice<float> logits,
        DeviceSlice<int> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        in CrossEntropyOptions options) =>
        LossLauncher.SoftmaxCrossEntropy(
            queue,
            Along(rows),
            general: options != default,
            logits,
            targets,
            losses,
            options.ClassWeights,
            options.Scale,
            vocabulary,
            gradientScale,
            options.IgnoreIndex ?? NoIndex,
            options.LabelSmoothing);

    public void TargetWeight(int rows, DeviceSlice<int> targets, in CrossEntropyOptions options, DeviceSlice<float> total) =>
        LossLauncher.TargetWeight(queue, Along(1), targets.Slice(0, rows), options.ClassWeights, total, options.IgnoreIndex ?? NoIndex);

    public void ElementLoss(
        LossFunction function,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> predictions,
        DeviceSlice<float> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        float delta)
    {
        Index3D grid = Along(Groups(predictions.Length, ElementLossKernels.Threads));
        ElementLossLauncher.Apply(queue, grid, lengths, predictions, targets, losses, (int)function, batch, width, gradientScale, delta);
    }

    public void QuantileLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,
        DeviceSlice<float> levels,
        DeviceSlice<float> predictions,
        DeviceSlice<float> targets,
        DeviceSlice<float> losses,
        float gradientScale) =>
        ForecastLossLauncher.Quantile(
            queue, Along(Groups(predictions.Length, ForecastLossKernels.Threads)), lengths, levels, predictions, targets, losses, batch, horizon, gradientScale);

    public void GaussianLoss(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> predictions, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        ForecastLossLauncher.Gaussian(
            queue, Along(Groups(targets.Length, ForecastLossKernels.Threads)), lengths, predictions, targets, losses, batch, horizon, gradientScale);

    public void ActivationPenalty(
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> h,
        float alpha,
        float beta,
        DeviceSlice<float> dH,
        DeviceSlice<float> loss)
    {
        (float a, float b) = Penalty.PerElement(steps, batch, width, alpha, beta);
        // As for sums: the number of groups depends on the length alone.
        int groups = Math.Min(ReductionKernels.MostPartials, Groups(h.Length, 8 * PenaltyKernels.Threads));
        DeviceSlice<float> used = partials.Slice(0, groups);
        PenaltyLauncher.Activation(queue, Along(groups), lengths, h, dH, used, batch, width, a, b);
        ReductionLauncher.Total(queue, Along(1), root: false, used, loss, scale: 1);
    }

    private static Index3D PerUnit(int batch, int width) => Along(Groups((long)batch * width, PoolingKernels.Threads));
}
