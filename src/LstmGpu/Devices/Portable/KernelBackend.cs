namespace LstmGpu.Devices.Portable;

/// <summary>Stands in for the portable kernels: memory and transfers alone.</summary>
internal sealed class KernelBackend(IDeviceQueue queue) : IBackend
{
    public DeviceDescription Device => queue.Device;

    public long ScratchBytes => 0;

    public double PeakGflops() => throw Missing();

    public DeviceBuffer Allocate(string name, long bytes) => queue.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => queue.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => queue.Download(source, destination);

    public void Fill(DeviceSlice<float> x, float value) => queue.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => queue.Copy(source, destination);

    public void Gemm(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate) => throw Missing();

    public void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y) => throw Missing();

    public void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias) => throw Missing();

    public void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x) => throw Missing();

    public void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x) => throw Missing();

    public void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight) => throw Missing();

    public long LstmPackedBytes(LstmShape shape) => 0;

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed) => throw Missing();

    public long LstmWorkspaceBytes(LstmShape shape) => 0;

    public void LstmForward(LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve) => throw Missing();

    public void LstmBackward(LstmShape shape, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients) => throw Missing();

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key) => throw Missing();

    public void SoftmaxCrossEntropy(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale) => throw Missing();

    public void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions) => throw Missing();

    public void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result) => throw Missing();

    public void Norm(DeviceSlice<float> x, DeviceSlice<float> result) => throw Missing();

    public void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor) => throw Missing();

    public void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit) => throw Missing();

    public void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step) => throw Missing();

    public void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step) => throw Missing();

    public void Dispose() => queue.Dispose();

    private DeviceException Missing() => new($"device '{Device.Name}' has no kernels in this build; use --device cpu");
}
