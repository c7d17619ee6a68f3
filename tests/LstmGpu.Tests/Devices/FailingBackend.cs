using LstmGpu.Devices;

namespace LstmGpu.Tests.Devices;

/// <summary>The cpu, whose operations and transfers fail for good after so many of them: a device that is lost in the middle of a run.</summary>
internal sealed partial class FailingBackend(int operations) : IBackend
{
    private readonly IBackend inner = DeviceCatalog.Open(new DeviceOptions { Name = "cpu", Threads = 1 });

    public DeviceDescription Device { get; init; } = new("frail", "a test's device", "", 1L << 30, 1);

    public bool Disposed { get; private set; }

    /// <summary>Operations so far.</summary>
    public int Operations { get; private set; }

    public long ScratchBytes => 0;

    private IBackend Working => ++Operations <= operations ? inner : throw new DeviceException($"operation {Operations} found no device");

    public double PeakGflops() => inner.PeakGflops();

    public DeviceBuffer Allocate(string name, long bytes) => inner.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => Working.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => Working.Download(source, destination);

    public void Fill(DeviceSlice<float> x, float value) => Working.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => Working.Copy(source, destination);

    public void Gemm(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate) =>
        Working.Gemm(layout, m, n, k, a, b, c, accumulate);

    public void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y) => Working.AddBias(rows, columns, bias, y);

    public void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias) => Working.BiasGradient(rows, columns, dy, dBias);

    public void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x) => Working.OneHot(rows, vocabulary, tokens, x);

    public void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x) =>
        Working.EmbeddingForward(rows, width, tokens, weight, x);

    public void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight) =>
        Working.EmbeddingBackward(rows, width, tokens, dx, dWeight);

    public long LstmPackedBytes(LstmShape shape) => inner.LstmPackedBytes(shape);

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed) => Working.LstmPack(shape, weights, packed);

    public long LstmWorkspaceBytes(LstmShape shape) => inner.LstmWorkspaceBytes(shape);

    public void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths) =>
        Working.LstmForward(shape, x, weights, packed, reserve, lengths);

    public void LstmBackward(
        LstmShape shape,
        DeviceSlice<float> x,
        in LstmWeights weights,
        DeviceSlice<float> packed,
        in LstmReserve reserve,
        in LstmGradients gradients,
        DeviceSlice<int> lengths) =>
        Working.LstmBackward(shape, x, weights, packed, reserve, gradients, lengths);

    public long RecurrentPackedBytes(RecurrentShape shape, CellOptions options) => Working.RecurrentPackedBytes(shape, options);

    public void RecurrentPack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed) => Working.RecurrentPack(shape, options, weights, packed);

    public long RecurrentWorkspaceBytes(RecurrentShape shape, CellOptions options) => Working.RecurrentWorkspaceBytes(shape, options);

    public void RecurrentForward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths) => Working.RecurrentForward(shape, options, x, weights, packed, reserve, masks, workspace, lengths);

    public void RecurrentBackward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        in RecurrentGradients gradients,
        DeviceSlice<int> lengths) => Working.RecurrentBackward(shape, options, x, weights, packed, reserve, masks, gradients, lengths);

    public void CopySequence(
        int steps,
        int batch,
        int width,
        bool reverse,
        DeviceSlice<int> lengths,
        DeviceSlice<float> source,
        int sourceStride,
        DeviceSlice<float> destination,
        int destinationStride,
        bool accumulate) => Working.CopySequence(steps, batch, width, reverse, lengths, source, sourceStride, destination, destinationStride, accumulate);

    public void LastState(int batch, int width, DeviceSlice<float> history, DeviceSlice<int> lengths, DeviceSlice<float> state) => Working.LastState(batch, width, history, lengths, state);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key) => Working.Dropout(x, y, probability, key);

    public void SoftmaxCrossEntropy(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale) =>
        Working.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, losses, gradientScale);

    public void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions) => Working.ArgMax(rows, vocabulary, logits, predictions);

    public void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result) => Working.Sum(x, scale, result);

    public void Norm(DeviceSlice<float> x, DeviceSlice<float> result) => Working.Norm(x, result);

    public void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor) => Working.ClipFactor(norm, limit, factor);

    public void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit) => Working.ClipValue(gradients, factor, limit);

    public void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step) =>
        Working.Sgd(parameters, gradients, factor, velocity, step);

    public void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step) => Working.Adam(parameters, gradients, factor, firstMoment, secondMoment, step);

    public void Rmsprop(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> meanSquare,
        DeviceSlice<float> velocity,
        RmspropStep step) => Working.Rmsprop(parameters, gradients, factor, meanSquare, velocity, step);

    public void Adagrad(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> sum,
        AdagradStep step) => Working.Adagrad(parameters, gradients, factor, sum, step);

    public void Asgd(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> average,
        AsgdStep step) => Working.Asgd(parameters, gradients, factor, average, step);

    public void Dispose()
    {
        Disposed = true;
        inner.Dispose();
    }
}
