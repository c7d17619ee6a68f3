namespace LstmGpu.Devices.Cpu;

internal sealed unsafe partial class CpuBackend<S, V>
{
    private CpuLayers<S, V>? layers;

    private CpuLayers<S, V> Layers => layers ??= new(team);

    public void Add(DeviceSlice<float> source, DeviceSlice<float> destination) => Layers.Add.Run(source, destination);

    public void MultiplyByMask(DeviceSlice<float> x, DeviceSlice<float> mask, DeviceSlice<float> y) => Layers.Multiply.Run(x, mask, y);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period)
    {
        if (period == 0 || period >= x.Length)
        {
            dropout.Run(x, y, probability, key);
        }
        else
        {
            Layers.PeriodicDropout.Run(x, y, probability, key, period);
        }
    }

    public void EmbeddingForward(
        int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> rowMask, DeviceSlice<float> x) =>
        gather.Run(rows, width, tokens, weight, rowMask, x);

    public void EmbeddingBackward(
        int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight, DeviceSlice<float> rowMask, int paddingToken) =>
        scatter.Run(rows, width, tokens, dx, dWeight, rowMask, paddingToken);

    // A member owns columns: their sums need no partial ones.
    public long LayerNormWorkspaceBytes(int rows, int width) => 0;

    public void LayerNormForward(
        int rows,
        int width,
        DeviceSlice<float> x,
        DeviceSlice<float> gamma,
        DeviceSlice<float> beta,
        DeviceSlice<float> y,
        DeviceSlice<float> mean,
        DeviceSlice<float> inverse) => Layers.NormForward.Run(rows, width, x, gamma, beta, y, mean, inverse);

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
            Layers.NormParameters.Run(rows, width, dy, x, mean, inverse, dGamma, dBeta);
        }
        Layers.NormBackward.Run(rows, width, dy, x, gamma, mean, inverse, dx);
    }

    public void PoolForward(
        Pooling pooling, int steps, int batch, int width, DeviceSlice<int> lengths, DeviceSlice<float> x, DeviceSlice<float> y, DeviceSlice<int> places) =>
        Layers.PoolForward.Run(pooling, steps, batch, width, lengths, x, y, places);

    public void PoolBackward(
        Pooling pooling, int steps, int batch, int width, DeviceSlice<int> lengths, DeviceSlice<float> dy, DeviceSlice<int> places, DeviceSlice<float> dx) =>
        Layers.PoolBackward.Run(pooling, steps, batch, width, lengths, dy, places, dx);

    public void SoftmaxCrossEntropy(
        int rows,
        int vocabulary,
        DeviceSlice<float> logits,
        DeviceSlice<int> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        in CrossEntropyOptions options) => loss.Run(rows, vocabulary, logits, targets, losses, gradientScale, options);

    public void TargetWeight(int rows, DeviceSlice<int> targets, in CrossEntropyOptions options, DeviceSlice<float> total) =>
        CpuLoss<S, V>.TargetWeight(rows, targets.Pointer(), options, total.Pointer());

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
        float delta) => Layers.ElementLoss.Run(function, steps, batch, width, lengths, predictions, targets, losses, gradientScale, delta);

    public void QuantileLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,
        DeviceSlice<float> levels,
        DeviceSlice<float> predictions,
        DeviceSlice<float> targets,
        DeviceSlice<float> losses,
        float gradientScale) =>
        Layers.QuantileLoss.Run(batch, horizon, lengths, levels, predictions, targets, losses, gradientScale);

    public void GaussianLoss(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> predictions, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Layers.GaussianLoss.Run(batch, horizon, lengths, predictions, targets, losses, gradientScale);

    public void ActivationPenalty(
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> h,
        float alpha,
        float beta,
        DeviceSlice<float> dH,
        DeviceSlice<float> loss) => Layers.Penalty.Run(steps, batch, width, lengths, h, alpha, beta, dH, loss);
}
