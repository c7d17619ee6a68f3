using System.Diagnostics;

namespace LstmGpu.Devices;

/// <summary>Another backend with a stopwatch on every operation. Each is waited for, so overlap between operations is lost.</summary>
internal sealed partial class TimedBackend(IBackend inner) : IBackend
{
    private readonly Dictionary<string, long> ticks = [];
    private readonly DeviceBuffer probe = inner.Allocate("stopwatch", sizeof(int));
    private readonly int[] arrived = new int[1];

    public DeviceDescription Device => inner.Device;

    public long ScratchBytes => inner.ScratchBytes;

    /// <summary>Milliseconds by operation since the last <see cref="Reset"/>.</summary>
    public IEnumerable<(string Operation, double Milliseconds)> Times => ticks.Select(t => (t.Key, t.Value * 1e3 / Stopwatch.Frequency));

    public void Reset() => ticks.Clear();

    public double PeakGflops() => inner.PeakGflops();

    public DeviceBuffer Allocate(string name, long bytes) => inner.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
        long start = Stopwatch.GetTimestamp();
        inner.Upload(source, destination);
        Wait();
        Add("upload", start);
    }

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged
    {
        long start = Stopwatch.GetTimestamp();
        inner.Download(source, destination);
        Add("download", start);
    }

    public void Fill(DeviceSlice<float> x, float value) => Time("fill", () => inner.Fill(x, value));

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => Time("copy", () => inner.Copy(source, destination));

    public void Gemm(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate) =>
        Time($"gemm {layout}", () => inner.Gemm(layout, m, n, k, a, b, c, accumulate));

    public long OperandBytes(int rows, int columns) => inner.OperandBytes(rows, columns);

    public void KeepOperand(int rows, int columns, DeviceSlice<float> matrix, DeviceSlice<float> kept)
    {
        if (!kept.IsEmpty)
        {
            Time("keep operand", () => inner.KeepOperand(rows, columns, matrix, kept));
        }
    }

    public void Gemm(
        GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> kept, DeviceSlice<float> c, bool accumulate) =>
        Time($"gemm {layout}", () => inner.Gemm(layout, m, n, k, a, b, kept, c, accumulate));

    public void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y) => Time("add bias", () => inner.AddBias(rows, columns, bias, y));

    public void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias) =>
        Time("bias gradient", () => inner.BiasGradient(rows, columns, dy, dBias));

    public void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x) =>
        Time("one-hot", () => inner.OneHot(rows, vocabulary, tokens, x));

    public void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x) =>
        Time("embedding forward", () => inner.EmbeddingForward(rows, width, tokens, weight, x));

    public void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight) =>
        Time("embedding backward", () => inner.EmbeddingBackward(rows, width, tokens, dx, dWeight));

    public long LstmPackedBytes(LstmShape shape) => inner.LstmPackedBytes(shape);

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed)
    {
        LstmWeights w = weights;
        Time("lstm pack", () => inner.LstmPack(shape, w, packed));
    }

    public long LstmWorkspaceBytes(LstmShape shape) => inner.LstmWorkspaceBytes(shape);

    public void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
    {
        LstmWeights w = weights;
        LstmReserve r = reserve;
        Time("lstm forward", () => inner.LstmForward(shape, x, w, packed, r, lengths));
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
        LstmWeights w = weights;
        LstmReserve r = reserve;
        LstmGradients g = gradients;
        Time("lstm backward", () => inner.LstmBackward(shape, x, w, packed, r, g, lengths));
    }

    public long RecurrentPackedBytes(RecurrentShape shape, CellOptions options) => inner.RecurrentPackedBytes(shape, options);

    public void RecurrentPack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed)
    {
        RecurrentWeights w = weights;
        Time("recurrent pack", () => inner.RecurrentPack(shape, options, w, packed));
    }

    public long RecurrentWorkspaceBytes(RecurrentShape shape, CellOptions options) => inner.RecurrentWorkspaceBytes(shape, options);

    public void RecurrentForward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths)
    {
        RecurrentWeights w = weights;
        RecurrentReserve r = reserve;
        RecurrentMasks m = masks;
        Time("recurrent forward", () => inner.RecurrentForward(shape, options, x, w, packed, r, m, workspace, lengths));
    }

    public void RecurrentBackward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        in RecurrentGradients gradients,
        DeviceSlice<int> lengths)
    {
        RecurrentWeights w = weights;
        RecurrentReserve r = reserve;
        RecurrentMasks m = masks;
        RecurrentGradients g = gradients;
        Time("recurrent backward", () => inner.RecurrentBackward(shape, options, x, w, packed, r, m, g, lengths));
    }

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
        bool accumulate) =>
        Time("copy sequence", () => inner.CopySequence(steps, batch, width, reverse, lengths, source, sourceStride, destination, destinationStride, accumulate));

    public void LastState(int batch, int width, DeviceSlice<float> history, DeviceSlice<int> lengths, DeviceSlice<float> state) =>
        Time("last state", () => inner.LastState(batch, width, history, lengths, state));

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key) =>
        Time("dropout", () => inner.Dropout(x, y, probability, key));

    public void SoftmaxCrossEntropy(
        int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale) =>
        Time("softmax cross-entropy", () => inner.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, losses, gradientScale));

    public void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions) =>
        Time("arg max", () => inner.ArgMax(rows, vocabulary, logits, predictions));

    public void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result) => Time("sum", () => inner.Sum(x, scale, result));

    public void Norm(DeviceSlice<float> x, DeviceSlice<float> result) => Time("norm", () => inner.Norm(x, result));

    public void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor) => Time("clip factor", () => inner.ClipFactor(norm, limit, factor));

    public void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit) =>
        Time("clip value", () => inner.ClipValue(gradients, factor, limit));

    public void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step) =>
        Time("sgd", () => inner.Sgd(parameters, gradients, factor, velocity, step));

    public void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step) => Time("adam", () => inner.Adam(parameters, gradients, factor, firstMoment, secondMoment, step));

    public void Rmsprop(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> meanSquare,
        DeviceSlice<float> velocity,
        RmspropStep step) => Time("rmsprop", () => inner.Rmsprop(parameters, gradients, factor, meanSquare, velocity, step));

    public void Adagrad(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> sum,
        AdagradStep step) => Time("adagrad", () => inner.Adagrad(parameters, gradients, factor, sum, step));

    public void Asgd(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> average,
        AsgdStep step) => Time("asgd", () => inner.Asgd(parameters, gradients, factor, average, step));

    public void Dispose()
    {
        probe.Dispose();
        inner.Dispose();
    }

    private void Time(string operation, Action call)
    {
        long start = Stopwatch.GetTimestamp();
        call();
        Wait();
        Add(operation, start);
    }

    // A download comes after all that was enqueued before it.
    private void Wait() => inner.Download(new DeviceSlice<int>(probe, 0, 1), arrived);

    private void Add(string operation, long start) =>
        ticks[operation] = ticks.GetValueOrDefault(operation) + Stopwatch.GetTimestamp() - start;
}
