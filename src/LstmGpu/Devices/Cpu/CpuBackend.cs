namespace LstmGpu.Devices.Cpu;

/// <summary>The host as a device: vectorised, multi-threaded, same bits for any number of threads.</summary>
internal sealed unsafe partial class CpuBackend<S, V> : IBackend where S : struct, ISimd<V> where V : unmanaged
{
    private readonly CpuThreadTeam team;
    private readonly CpuGemm<S, V> gemm;
    private readonly CpuLstm<S, V> lstm;
    private readonly CpuRecurrence<S, V> recurrence;
    private readonly CpuSequence.Copy copySequence;
    private readonly CpuSequence.Last lastState;
    private readonly CpuReductions<S, V> reductions;
    private readonly CpuBias.Add addBias;
    private readonly CpuBias.Gradient<S, V> columnSums;
    private readonly CpuLoss<S, V> loss;
    private readonly CpuDropout dropout;
    private readonly CpuInput.OneHot oneHot;
    private readonly CpuInput.Gather gather;
    private readonly CpuInput.Scatter<S, V> scatter;
    private readonly CpuOptimizers<S, V>.Adam adam;
    private readonly CpuOptimizers<S, V>.Sgd sgd;
    private readonly CpuOptimizers<S, V>.Rmsprop rmsprop;
    private readonly CpuOptimizers<S, V>.Adagrad adagrad;
    private readonly CpuAsgd<S, V> asgd;
    private readonly CpuOptimizers<S, V>.Clamp clamp;
    private readonly PeakRate<S, V> peak;

    public CpuBackend(int threads, DeviceDescription device)
    {
        Device = device;
        team = new CpuThreadTeam(threads);
        gemm = new CpuGemm<S, V>(team);
        lstm = new CpuLstm<S, V>(team, gemm);
        recurrence = new CpuRecurrence<S, V>(team, gemm);
        copySequence = new CpuSequence.Copy(team);
        lastState = new CpuSequence.Last(team);
        reductions = new CpuReductions<S, V>(team);
        addBias = new CpuBias.Add(team);
        columnSums = new CpuBias.Gradient<S, V>(team);
        loss = new CpuLoss<S, V>(team);
        dropout = new CpuDropout(team);
        oneHot = new CpuInput.OneHot(team);
        gather = new CpuInput.Gather(team);
        scatter = new CpuInput.Scatter<S, V>(team);
        adam = new CpuOptimizers<S, V>.Adam(team);
        sgd = new CpuOptimizers<S, V>.Sgd(team);
        rmsprop = new CpuOptimizers<S, V>.Rmsprop(team);
        adagrad = new CpuOptimizers<S, V>.Adagrad(team);
        asgd = new CpuAsgd<S, V>(team);
        clamp = new CpuOptimizers<S, V>.Clamp(team);
        peak = new PeakRate<S, V>(team);
    }

    public DeviceDescription Device { get; }

    public long ScratchBytes => gemm.Bytes + lstm.Bytes + recurrence.Bytes;

    public double PeakGflops() => peak.Measure();

    public DeviceBuffer Allocate(string name, long bytes) => new CpuBuffer(name, bytes);

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged =>
        source.CopyTo(new Span<T>(destination.Pointer(), checked((int)destination.Length)));

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged =>
        new ReadOnlySpan<T>(source.Pointer(), checked((int)source.Length)).CopyTo(destination);

    public void Fill(DeviceSlice<float> x, float value)
    {
        float* to = x.Pointer();
        for (long done = 0; done < x.Length; done += int.MaxValue)
        {
            new Span<float>(to + done, (int)Math.Min(int.MaxValue, x.Length - done)).Fill(value);
        }
    }

    public void Copy(DeviceSlice<float> source, DeviceSlice<float> destination) =>
        Buffer.MemoryCopy(source.Pointer(), destination.Pointer(), destination.Length * sizeof(float), source.Length * sizeof(float));

    public void Gemm(GemmLayout layout, int m, int n, int k, DeviceSlice<float> a, DeviceSlice<float> b, DeviceSlice<float> c, bool accumulate) =>
        gemm.Run(layout, m, n, k, a.Pointer(), b.Pointer(), c.Pointer(), accumulate);

    public void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y) => addBias.Run(rows, columns, bias, y);

    public void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias) =>
        columnSums.Run(rows, columns, dy, dBias);

    public void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x) => oneHot.Run(rows, vocabulary, tokens, x);

    public void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x) =>
        gather.Run(rows, width, tokens, weight, mask: default, x);

    public void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight) =>
        scatter.Run(rows, width, tokens, dx, dWeight, mask: default, padding: -1);

    public long LstmPackedBytes(LstmShape shape) => sizeof(float) * LstmPanels<S, V>.Length(shape);

    public void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed) => lstm.Pack(shape, weights, packed);

    // The cell gradient lives in DStateC and the gate gradients in the reserve: nothing else is needed.
    public long LstmWorkspaceBytes(LstmShape shape) => 0;

    public void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths) =>
        lstm.Forward(shape, x, packed, reserve, lengths);

    public void LstmBackward(
        LstmShape shape,
        DeviceSlice<float> x,
        in LstmWeights weights,
        DeviceSlice<float> packed,
        in LstmReserve reserve,
        in LstmGradients gradients,
        DeviceSlice<int> lengths) =>
        lstm.Backward(shape, x, packed, reserve, gradients, lengths);

    public long RecurrentPackedBytes(RecurrentShape shape, CellOptions options) => sizeof(float) * RecurrentPanels<S, V>.Length(shape);

    public void RecurrentPack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed) =>
        recurrence.Pack(shape, options, weights, packed);

    public long RecurrentWorkspaceBytes(RecurrentShape shape, CellOptions options) => sizeof(float) * new RecurrentWorkspace(shape, options, null).Length;

    public void RecurrentForward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths) =>
        recurrence.Forward(new RecurrentCall(shape, options, weights, packed, reserve, masks, workspace, lengths), x);

    public void RecurrentBackward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        in RecurrentGradients gradients,
        DeviceSlice<int> lengths) =>
        recurrence.Backward(
            new RecurrentCall(shape, options, weights, packed, reserve, masks, gradients.Workspace, lengths)
            {
                DHidden = gradients.DHidden.Pointer(),
                DStateH = gradients.DStateH.Pointer(),
                DStateC = gradients.DStateC.Pointer(),
                DBiasIh = gradients.Weights.BiasIh.Pointer(),
                DBiasHh = gradients.Weights.BiasHh.Pointer(),
            },
            x,
            gradients);

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
        copySequence.Run(steps, batch, width, reverse, lengths, source, sourceStride, destination, destinationStride, accumulate);

    public void LastState(int batch, int width, DeviceSlice<float> history, DeviceSlice<int> lengths, DeviceSlice<float> state) =>
        lastState.Run(batch, width, history, lengths, state);

    public void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key) => dropout.Run(x, y, probability, key);

    public void SoftmaxCrossEntropy(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale) =>
        loss.Run(rows, vocabulary, logits, targets, losses, gradientScale, default);

    public void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions) =>
        CpuLoss<S, V>.ArgMax(rows, vocabulary, logits.Pointer(), predictions.Pointer());

    public void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result) =>
        *result.Pointer() = (float)(scale * reductions.Sum(x.Pointer(), x.Length, ofSquares: false));

    public void Norm(DeviceSlice<float> x, DeviceSlice<float> result) =>
        *result.Pointer() = (float)Math.Sqrt(reductions.Sum(x.Pointer(), x.Length, ofSquares: true));

    public void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor) =>
        *factor.Pointer() = Math.Min(1f, limit / (*norm.Pointer() + 1e-6f));

    public void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit)
    {
        clamp.Run(gradients, *factor.Pointer(), limit);
        *factor.Pointer() = 1;
    }

    public void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step) =>
        sgd.Run(parameters, gradients, *factor.Pointer(), velocity, step);

    public void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step) => adam.Run(parameters, gradients, *factor.Pointer(), firstMoment, secondMoment, step);

    public void Rmsprop(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> meanSquare,
        DeviceSlice<float> velocity,
        RmspropStep step) => rmsprop.Run(parameters, gradients, *factor.Pointer(), meanSquare, velocity, step);

    public void Adagrad(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> sum,
        AdagradStep step) => adagrad.Run(parameters, gradients, *factor.Pointer(), sum, step);

    public void Asgd(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> average,
        AsgdStep step) => asgd.Run(parameters, gradients, *factor.Pointer(), average, step);

    public void Dispose()
    {
        lstm.Dispose();
        recurrence.Dispose();
        gemm.Dispose();
        reductions.Dispose();
        team.Dispose();
    }
}
