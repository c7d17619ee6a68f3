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

    public long LstmPackedBytes(LstmShape shape) => (shape.WeightHhLength + shape.GateWidth) * sizeof(float);

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed)
    {
        int tiles = Groups(shape.H, Tile.Threads);
        LstmLauncher.Pack(queue, (tiles, tiles, 1), Form, weights.WeightHh, PackedWeights(shape, packed), PackedCopy(shape, packed), shape.H);
        LstmLauncher.AddBiases(queue, Along(Groups(shape.GateWidth, 256)), weights.BiasIh, weights.BiasHh, PackedBias(shape, packed), shape.GateWidth);
    }

    public long LstmWorkspaceBytes(LstmShape shape) => 0;

    public void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
    {
        Gemm(GemmLayout.NT, shape.Rows, shape.GateWidth, shape.I, x, weights.WeightIh, reserve.Gates, accumulate: false);
        (int rows, Index3D grid) = StepGrid(shape, LstmKernels.Units);
        for (int t = 0; t < shape.T; t++)
        {
            LstmLauncher.ForwardStep(
                queue,
                grid,
                rows,
                Form,
                PackedWeights(shape, packed),
                PackedBias(shape, packed),
                State(shape, reserve.Hidden, t),
                State(shape, reserve.Cell, t),
                Gates(shape, reserve, t),
                State(shape, reserve.Hidden, t + 1),
                State(shape, reserve.Cell, t + 1),
                lengths,
                t,
                shape.B,
                shape.H);
        }
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
        (int rows, Index3D grid) = StepGrid(shape, Tile.Columns);
        for (int t = shape.T - 1; t >= 0; t--)
        {
            LstmLauncher.BackwardStep(
                queue,
                grid,
                rows,
                Form,
                IsNarrow ? PackedCopy(shape, packed) : weights.WeightHh,
                t == shape.T - 1 ? default : Gates(shape, reserve, t + 1),
                State(shape, gradients.DHidden, t),
                gradients.DStateH,
                State(shape, reserve.Cell, t),
                State(shape, reserve.Cell, t + 1),
                Gates(shape, reserve, t),
                gradients.DStateC,
                lengths,
                t,
                shape.B,
                shape.H);
        }
        if (!lengths.IsEmpty)
        {
            // A sequence without a step hands its gradient through: the product adds 0 to it.
            SequenceLauncher.ClearStarted(queue, Along(shape.B), lengths, gradients.DStateH, shape.H);
        }
        Gemm(GemmLayout.NN, shape.B, shape.H, shape.GateWidth, Gates(shape, reserve, 0), weights.WeightHh, gradients.DStateH, accumulate: !lengths.IsEmpty);
        InputWeightGradient(shape.T, shape.B, shape.GateWidth, shape.I, reserve.Gates, x, gradients.DWeightIh, lengths);
        Gemm(GemmLayout.TN, shape.GateWidth, shape.H, shape.Rows, reserve.Gates, reserve.Hidden, gradients.DWeightHh, accumulate: true);
        if (!gradients.DBiasIh.IsEmpty)
        {
            ColumnSums(shape.Rows, shape.GateWidth, reserve.Gates, gradients.DBiasIh, gradients.DBiasHh);
        }
        if (!gradients.DX.IsEmpty)
        {
            Gemm(GemmLayout.NN, shape.Rows, shape.I, shape.GateWidth, reserve.Gates, weights.WeightIh, gradients.DX, accumulate: false);
        }
    }

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

    private bool IsNarrow => precision is ProductPrecision.Bf16 or ProductPrecision.Fp16;

    private static Index3D Along(int groups) => (groups, 1, 1);

    private static int Groups(long elements, int perGroup) => checked((int)((elements + perGroup - 1) / perGroup));

    private static Index3D Tiles(int m, int n) => Along(checked(Groups(m, Tile.Rows) * Groups(n, Tile.Columns)));

    private static Index3D PerElement(DeviceSlice<float> x) => Along(Groups(x.Length, OptimizerKernels.Threads));

    // A form of 16 bits takes half the place; in the other half stands W_hh as backward reads it.
    private DeviceSlice<float> PackedWeights(LstmShape shape, DeviceSlice<float> packed) =>
        packed.Slice(0, IsNarrow ? shape.WeightHhLength / 2 : shape.WeightHhLength);

    private DeviceSlice<float> PackedCopy(LstmShape shape, DeviceSlice<float> packed) =>
        IsNarrow ? packed.Slice(shape.WeightHhLength / 2, shape.WeightHhLength / 2) : default;

    private static DeviceSlice<float> PackedBias(LstmShape shape, DeviceSlice<float> packed) => packed.Slice(shape.WeightHhLength, shape.GateWidth);

    /// <summary>[B,H] of a history at one of its time slots.</summary>
    private static DeviceSlice<float> State(LstmShape shape, DeviceSlice<float> history, int slot) =>
        history.Slice((long)slot * shape.B * shape.H, (long)shape.B * shape.H);

    private static DeviceSlice<float> Gates(LstmShape shape, LstmReserve reserve, int t) =>
        reserve.Gates.Slice((long)t * shape.B * shape.GateWidth, (long)shape.B * shape.GateWidth);

    /// <summary>The batch along x, which has no limit worth naming; four of its rows per thread where that fills the device, one otherwise: more groups, each with less to reuse.</summary>
    private (int Rows, Index3D Grid) StepGrid(LstmShape shape, int unitsPerGroup)
    {
        int across = Groups(shape.H, unitsPerGroup);
        int down = Groups(shape.B, Tile.Rows);
        bool fills = shape.B > Tile.Threads && (long)across * down >= Device.Units;
        return fills ? (4, (down, across, 1)) : (1, (Groups(shape.B, Tile.Threads), across, 1));
    }

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
