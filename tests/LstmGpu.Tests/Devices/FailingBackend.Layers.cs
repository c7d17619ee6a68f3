using LstmGpu.Devices;

namespace LstmGpu.Tests.Devices;

internal sealed partial class FailingBackend
{
    public void Add(DeviceSlice<float> source, DeviceSlice<float> destination) =>
        Working.Add(source, destination);

    public void MultiplyByMask(DeviceSlice<float> x, DeviceSlice<float> mask, DeviceSlice<float> y) =>
        Working.MultiplyByMask(x, mask, y);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key, long period) =>
        Working.Dropout(x, y, probability, key, period);

    public void EmbeddingForward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> weight,
        DeviceSlice<float> rowMask,
        DeviceSlice<float> x) =>
        Working.EmbeddingForward(rows, width, tokens, weight, rowMask, x);

    public void EmbeddingBackward(
        int rows,
        int width,
        DeviceSlice<int> tokens,
        DeviceSlice<float> dx,
        DeviceSlice<float> dWeight,
        DeviceSlice<float> rowMask,
        int paddingToken) =>
        Working.EmbeddingBackward(rows, width, tokens, dx, dWeight, rowMask, paddingToken);

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
        Working.LayerNormForward(rows, width, x, gamma, beta, y, mean, inverse);

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
        Working.LayerNormBackward(rows, width, dy, x, gamma, mean, inverse, dx, dGamma, dBeta, workspace);

    public void PoolForward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> x,
        DeviceSlice<float> y,
        DeviceSlice<int> places) =>
        Working.PoolForward(pooling, steps, batch, width, lengths, x, y, places);

    public void PoolBackward(
        Pooling pooling,
        int steps,
        int batch,
        int width,
        DeviceSlice<int> lengths,
        DeviceSlice<float> dy,
        DeviceSlice<int> places,
        DeviceSlice<float> dx) =>
        Working.PoolBackward(pooling, steps, batch, width, lengths, dy, places, dx);

    public void SoftmaxCrossEntropy(
        int rows,
        int vocabulary,
        DeviceSlice<float> logits,
        DeviceSlice<int> targets,
        DeviceSlice<float> losses,
        float gradientScale,
        in CrossEntropyOptions options) =>
        Working.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, losses, gradientScale, options);

    public void TargetWeight(int rows, DeviceSlice<int> targets, in CrossEntropyOptions options, DeviceSlice<float> total) =>
        Working.TargetWeight(rows, targets, options, total);

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
        Working.ElementLoss(function, steps, batch, width, lengths, predictions, targets, losses, gradientScale, delta);

    public void QuantileLoss(
        int batch,
        int horizon,
        DeviceSlice<int> lengths,
        DeviceSlice<float> levels,
        DeviceSlice<float> predictions,
        DeviceSlice<float> targets,
        DeviceSlice<float> losses,
        float gradientScale) =>
        Working.QuantileLoss(batch, horizon, lengths, levels, predictions, targets, losses, gradientScale);

    public void GaussianLoss(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> predictions, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Working.GaussianLoss(batch, horizon, lengths, predictions, targets, losses, gradientScale);

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
        Working.ActivationPenalty(steps, batch, width, lengths, h, alpha, beta, dH, loss);
}
