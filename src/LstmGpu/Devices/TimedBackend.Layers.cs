namespace LstmGpu.Devices;

internal sealed partial class TimedBackend
{
    public void Add(DeviceSlice<float> source, DeviceSlice<float> destination) =>
        Time("add", () => inner.Add(source, destination));

    public void MultiplyByMask(DeviceSlice<float> x, DeviceSlice<float> mask, DeviceSlice<float> y) =>
        Time("mask", () => inner.MultiplyByMask(x, mask, y));

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period) =>
        Time("periodic dropout", () => inner.Dropout(x, y, probability, key, period));

    public void EmbeddingForward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> weight,
        DeviceSlice<float> rowMask,
        DeviceSlice<float> x) =>
        Time("masked embedding forward", () => inner.EmbeddingForward(rows, width, tokens, weight, rowMask, x));

    public void EmbeddingBackward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> dx,
        DeviceSlice<float> dWeight,
        DeviceSlice<float> rowMask,
        int paddingToken) =>
        Time("masked embedding backward", () => inner.EmbeddingBackward(rows, width, tokens, dx, dWeight, rowMask, paddingToken));

    public long LayerNormWorkspaceBytes(int rows, int width) => inner.LayerNormWorkspaceBytes(rows, width);

    public void LayerNormForward(
        int rows,
        int width,
        DeviceSlice<float> x,
        DeviceSlice<float> gamma,
        DeviceSlice<float> beta,
        DeviceSlice<float> y,
        DeviceSlice<float> mean,
        DeviceSlice<float> inverse) =>
        Time("layer norm forward", () => inner.LayerNormForward(rows, width, x, gamma, beta, y, mean, inverse));

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
        DeviceSlice<float> workspace) =>
        Time("layer norm backward", () => inner.LayerNormBackward(rows, width, dy, x, gamma, mean, inverse, dx, dGamma, dBeta, workspace));

    public void PoolForward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> x,
        DeviceSlice<float> y,
        DeviceSlice<int> places) =>
        Time("pool forward", () => inner.PoolForward(pooling, steps, batch, width, lengths, x, y, places));

    public void PoolBackward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> dy,
        DeviceSlice<int> places,
        DeviceSlice<float> dx) =>
        Time("pool backward", () => inner.PoolBackward(pooling, steps, batch, width, lengths, dy, places, dx));

    public void SoftmaxCrossEntropy(
        int rows,
        int vocabulary,
        DeviceSlice<float> logits,
        DeviceSlice<int> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        in CrossEntropyOptions options)
    {
        CrossEntropyOptions o = options;
        Time("general cross-entropy", () => inner.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, losses, gradientScale, o));
    }

    public void TargetWeight(int rows, DeviceSlice<int> targets, in CrossEntropyOptions options, DeviceSlice<float> total)
    {
        CrossEntropyOptions o = options;
        Time("target weight", () => inner.TargetWeight(rows, targets, o, total));
    }

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
        float delta) =>
        Time("element loss", () => inner.ElementLoss(function, steps, batch, width, lengths, predictions, targets, losses, gradientScale, delta));

    public void QuantileLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,
        DeviceSlice<float> levels,
        DeviceSlice<float> predictions,
        DeviceSlice<float> targets,
        DeviceSlice<float> losses,
        float gradientScale) =>
        Time("quantile loss", () => inner.QuantileLoss(batch, horizon, lengths, levels, predictions, targets, losses, gradientScale));

    public void GaussianLoss(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> predictions, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Time("gaussian loss", () => inner.GaussianLoss(batch, horizon, lengths, predictions, targets, losses, gradientScale));

    public void ActivationPenalty(
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> h,
        float alpha,
        float beta,
        DeviceSlice<float> dH,
        DeviceSlice<float> loss) =>
        Time("activation penalty", () => inner.ActivationPenalty(steps, batch, width, lengths, h, alpha, beta, dH, loss));
}
