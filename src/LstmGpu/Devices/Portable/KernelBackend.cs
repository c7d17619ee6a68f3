using System.Diagnostics;
using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>Every operation by the portable kernels, on whatever device the queue belongs to. Nothing is read back but what <see cref="Download"/> asks for.</summary>
internal sealed partial class KernelBackend : IBackend
{
    private readonly IDeviceQueue queue;
    private readonly ProductPrecision precision;
    private readonly DeviceBuffer scratch;
    private readonly DeviceSlice<float> partials, update;
    private readonly DeviceSlice<uint> dropoutStep;
    private IProductLibrary? library;

    /// <param name="queue">Owned from here on.</param>
    /// <param name="precision">Of the operands of products.</param>
    /// <param name="library">Takes the products that it has; owned from here on.</param>
    /// <param name="gemmReason">Why there is none, where one was looked for.</param>
    public KernelBackend(IDeviceQueue queue, ProductPrecision precision = ProductPrecision.Fp32Strict, IProductLibrary? library = null, string? gemmReason = null)
    {
        (this.queue, this.precision, this.library) = (queue, precision, library);
        Device = Described(queue.Device with { Precision = PrecisionWord.Of(precision), GemmReason = gemmReason });
        try
        {
            scratch = queue.Allocate("partial sums and step", OwnScratchBytes);
        }
        catch
        {
            library?.Dispose();
            queue.Dispose();
            throw;
        }
        partials = new(scratch, 0, ReductionKernels.MostPartials);
        update = new(scratch, partials.Length, StepKernels.UpdateLength);
        dropoutStep = new(scratch, partials.Length + update.Length, StepKernels.DropoutLength);
    }

    public DeviceDescription Device { get; private set; }

    /// <summary>For measurements of what lies below the operations.</summary>
    public IDeviceQueue Queue => queue;

    public long ScratchBytes => OwnScratchBytes + (library?.WorkspaceBytes ?? 0);

    private long OwnScratchBytes => (FirstOfParts + (TakesTensorCores ? MostOfParts : 0)) * sizeof(float);

    public IReadOnlyList<KernelResources> Kernels() => queue.Kernels();

    public double PeakGflops()
    {
        int groups = 4 * Device.Units;
        using DeviceBuffer buffer = queue.Allocate("peak", (long)groups * PeakKernels.Threads * sizeof(float));
        DeviceSlice<float> result = new(buffer, 0, (long)groups * PeakKernels.Threads);
        double flops = 2.0 * groups * PeakKernels.Threads * PeakKernels.Chains;
        double best = 0;
        int repeats = 64;
        for (double seconds = 0; seconds < 0.05; repeats *= 4)
        {
            seconds = double.MaxValue;
            for (int n = 0; n < 3; n++)
            {
                queue.Finish();
                long start = Stopwatch.GetTimestamp();
                PeakLauncher.MultiplyAdd(queue, Along(groups), result, repeats, 0.999f, 0.001f);
                queue.Finish();
                seconds = Math.Min(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
            best = Math.Max(best, flops * repeats / seconds / 1e9);
        }
        return best;
    }

    public DeviceBuffer Allocate(string name, long bytes) => queue.Allocate(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged => queue.Upload(source, destination);

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged => queue.Download(source, destination);

    public DeviceSlice<float> Borrow(CudaTensor tensor) => queue.Borrow(tensor);

    public CudaTensor Lend(DeviceSlice<float> slice) => queue.Lend(slice);

    public void Fill(DeviceSlice<float> x, float value) => queue.Fill(x, value);

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) => queue.Copy(source, destination);

    public void Gemm(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate) =>
        Product((int)layout, m, n, k, a, b, c, accumulate, lengths: default, batch: 0);

    /// <summary>dWeight += dGatesᵀ·x over all steps of all sequences, whose x counts as 0 beyond its length.</summary>
    public void InputWeightGradient(
        int steps,
        int batch,
        int gateWidth,
        int input,
        DeviceSlice<float> dGates,    // [T,B,G·H]
        DeviceSlice<float> x,         // [T,B,I]
        DeviceSlice<float> dWeight,   // [G·H,I]
        DeviceSlice<int> lengths)     // [B] or empty
    {
        int layout = lengths.IsEmpty ? GemmKernels.TN : GemmKernels.TNPadded;
        Product(layout, gateWidth, input, steps * batch, dGates, x, dWeight, accumulate: true, lengths, batch);
    }

    public void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y) => BiasLauncher.Add(queue, Along(rows), bias, y, columns);

    public void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias) => ColumnSums(rows, columns, dy, dBias, default);

    public void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x) =>
        EmbeddingLauncher.OneHot(queue, Along(rows), tokens, x, vocabulary);

    public void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x) =>
        EmbeddingForward(rows, width, tokens, weight, rowMask: default, x);

    public void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight) =>
        EmbeddingBackward(rows, width, tokens, dx, dWeight, rowMask: default, paddingToken: -1);

    // The cells read the weights as they are: there is no form of them to keep.
    public long RecurrentPackedBytes(RecurrentShape shape, CellOptions options) => 0;

    public void RecurrentPack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed)
    {
    }

    public long RecurrentWorkspaceBytes(RecurrentShape shape, CellOptions options) => new RecurrentWorkspace(shape, options, default).Length * sizeof(float);

    public void RecurrentForward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths) => new KernelRecurrence(this, queue, shape, options, weights, reserve, masks, lengths).Forward(x);

    public void RecurrentBackward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        in RecurrentGradients gradients,
        DeviceSlice<int> lengths) => new KernelRecurrence(this, queue, shape, options, weights, reserve, masks, lengths).Backward(x, gradients);

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
        SequenceLauncher.Copy(
            queue, Along(steps * batch), lengths, source, destination, steps, batch, width, sourceStride, destinationStride, reverse, accumulate);

    public void LastState(int batch, int width, DeviceSlice<float> history, DeviceSlice<int> lengths, DeviceSlice<float> state) =>
        SequenceLauncher.LastState(queue, Along(batch), history, lengths, state, batch, width);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key)
    {
        Index3D grid = Along(Groups(x.Length, DropoutKernels.Threads * DropoutKernels.PerThread));
        DropoutLauncher.Apply(queue, grid, x, y, probability, 1f / (1f - probability), key.Seed, DropoutStep(key.Step), key.Site);
    }

    public void SoftmaxCrossEntropy(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale) =>
        SoftmaxCrossEntropy(rows, vocabulary, logits, targets, losses, gradientScale, default);

    public void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions) =>
        LossLauncher.ArgMax(queue, Along(rows), logits, predictions, vocabulary);

    public void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result) =>
        ReductionLauncher.Total(queue, Along(1), root: false, Reduce(x, squares: false), result, scale);

    public void Norm(DeviceSlice<float> x, DeviceSlice<float> result) =>
        ReductionLauncher.Total(queue, Along(1), root: true, Reduce(x, squares: true), result, scale: 1);

    public void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor) => OptimizerLauncher.ClipFactor(queue, Along(1), norm, factor, limit);

    public void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit)
    {
        OptimizerLauncher.ClipValue(queue, PerElement(gradients), gradients, factor, limit);
        queue.Fill(factor, 1);
    }

    public void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step)
    {
        SetUpdate(step.Values);
        OptimizerLauncher.Sgd(
            queue, PerElement(parameters), parameters, gradients, factor, velocity, update, step.Momentum, step.WeightDecay, step.Nesterov);
    }

    public void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step)
    {
        SetUpdate(step.Values);
        OptimizerLauncher.Adam(
            queue,
            PerElement(parameters),
            parameters,
            gradients,
            factor,
            firstMoment,
            secondMoment,
            update,
            step.NewInFirst,
            (float)step.Beta2,
            step.NewInSecond,
            (float)step.Epsilon,
            step.CoupledDecay);
    }

    public void Rmsprop(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> meanSquare,
        DeviceSlice<float> velocity,
        RmspropStep step)
    {
        SetUpdate(step.Values);
        OptimizerLauncher.Rmsprop(
            queue,
            PerElement(parameters),
            parameters,
            gradients,
            factor,
            meanSquare,
            velocity,
            update,
            (float)step.Alpha,
            step.NewInMean,
            (float)step.Epsilon,
            (float)step.WeightDecay,
            (float)step.Momentum);
    }

    public void Adagrad(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> sum,
        AdagradStep step)
    {
        SetUpdate(step.Values);
        OptimizerLauncher.Adagrad(
            queue,
            PerElement(parameters),
            parameters,
            gradients,
            factor,
            sum,
            update,
            (float)step.Epsilon,
            (float)step.WeightDecay);
    }

    public void Asgd(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> average,
        AsgdStep step) =>
        OptimizerLauncher.Asgd(
            queue,
            PerElement(parameters),
            parameters,
            gradients,
            factor,
            average,
            (float)step.WeightDecay,
            (float)step.Keep,
            (float)step.Eta,
            (float)step.Mu);

    public void Dispose()
    {
        library?.Dispose();
        scratch.Dispose();
        queue.Dispose();
    }

    /// <summary>Of <see cref="Rounding"/>.</summary>
    private int Form => (int)precision;

    private static Index3D Along(int groups) => (groups, 1, 1);

    private static int Groups(long elements, int perGroup) => checked((int)((elements + perGroup - 1) / perGroup));

    private static Index3D Tiles(int m, int n) => Along(checked(Groups(m, Tile.Rows) * Groups(n, Tile.Columns)));

    private static Index3D PerElement(DeviceSlice<float> x) => Along(Groups(x.Length, OptimizerKernels.Threads));

    /// <summary>first += Σ_r dy[r,:], and second too where it is not empty.</summary>
    public void ColumnSums(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> first, DeviceSlice<float> second) =>
        BiasLauncher.ColumnSums(queue, Along(Groups(columns, 16)), dy, first, second, rows, columns);

    // The number of groups depends on the length alone, so the order of the sum does too.
    private DeviceSlice<float> Reduce(DeviceSlice<float> x, bool squares)
    {
        int groups = Math.Min(ReductionKernels.MostPartials, Groups(x.Length, 8 * ReductionKernels.Threads));
        DeviceSlice<float> used = partials.Slice(0, groups);
        ReductionLauncher.PartialSums(queue, Along(groups), squares, x, used);
        return used;
    }
}
