namespace LstmGpu.Devices;

/// <summary>
/// The operations of a device. Legend: T steps, B batch, I input, H hidden, V vocabulary, R = T·B rows; row-major, right-most fastest,
/// time-major. Gate blocks stand in the order of <see cref="Kernels.Gate"/>. Operations are enqueued in order; <see cref="Download"/> waits.
/// Recurrent operations are sequence-level, so that a device may keep one kernel alive over all time steps.
/// Gradients are added to what their buffer holds. Arguments are trusted: layers and loaders have checked them.
/// Every operation gives the same bits however many threads or groups run it.
/// </summary>
internal partial interface IBackend : IDisposable
{
    DeviceDescription Device { get; }

    /// <summary>Bytes the device keeps for its own use, for the memory plan.</summary>
    long ScratchBytes { get; }

    /// <summary>Measures the rate of fused multiply-adds that the device can reach, all threads at once.</summary>
    double PeakGflops();

    /// <summary>What each compiled kernel takes from the device; empty where there are none, or the driver does not tell.</summary>
    IReadOnlyList<KernelResources> Kernels() => [];

    // Memory

    /// <summary>Zero-filled memory; its tail is padded so that a vector read may run past the end.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    DeviceBuffer Allocate(string name, long bytes);

    void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged;

    void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged;

    void Fill(DeviceSlice<float> x, float value);

    void Copy(DeviceSlice<float> source, DeviceSlice<float> destination);

    // Memory of others

    /// <summary>A tensor that somebody else owns, as operations name it; empty for an empty one.</summary>
    /// <exception cref="ArgumentException">It has no address, or one that is not a float's.</exception>
    /// <exception cref="DeviceException">The device cannot reach it.</exception>
    DeviceSlice<float> Borrow(CudaTensor tensor) => throw new DeviceException($"device '{Device.Name}' takes no memory of CUDA; open one with Device.OpenCuda, or hand over arrays");

    /// <summary>Memory of this device for somebody else.</summary>
    CudaTensor Lend(DeviceSlice<float> slice) => throw new DeviceException($"device '{Device.Name}' has no memory of CUDA to lend");

    // Replay

    /// <summary>Whether operations can be captured.</summary>
    bool CanCapture => false;

    /// <summary>
    /// Notes the operations instead of running them; all of them must have run before. What they are told anew from replay to replay is the step of a
    /// <see cref="DropoutKey"/> and the <see cref="UpdateValues"/> of an update, and both must have been set when they are captured.
    /// </summary>
    /// <exception cref="DeviceException">The device cannot capture one of them.</exception>
    ICapturedWork Capture(Action operations) => throw new NotSupportedException($"'{Device.Name}' captures nothing");

    /// <summary>The step of the masks that captured operations draw from here on.</summary>
    void SetDropoutStep(ulong step)
    {
    }

    /// <summary>What captured updates take from the step from here on.</summary>
    void SetUpdate(UpdateValues values)
    {
    }

    // Dense algebra

    /// <summary>C = op(A)·op(B), or C += op(A)·op(B).</summary>
    void Gemm(
        GemmLayout layout,
        int m,
        int n,
        int k,
        DeviceSlice<float> a,   // [M,K], TN: [K,M]
        DeviceSlice<float> b,   // [K,N], NT: [N,K]
        DeviceSlice<float> c,   // [M,N]
        bool accumulate);

    /// <summary>Bytes of the device's own form of a matrix that is the right operand of products; 0 where they read the matrix itself.</summary>
    long OperandBytes(int rows, int columns) => 0;

    /// <summary>Brings the matrix into that form: once per optimizer update, not per product.</summary>
    void KeepOperand(int rows, int columns, DeviceSlice<float> matrix, DeviceSlice<float> kept)
    {
    }

    /// <summary>The product by a matrix that <see cref="KeepOperand"/> has seen; its bits are those of the product by the matrix itself.</summary>
    void Gemm(
        GemmLayout layout,
        int m,
        int n,
        int k,
        DeviceSlice<float> a,      // [M,K]
        DeviceSlice<float> b,      // [K,N], NT: [N,K]
        DeviceSlice<float> kept,   // of b
        DeviceSlice<float> c,      // [M,N]
        bool accumulate) => Gemm(layout, m, n, k, a, b, c, accumulate);

    /// <summary>y[r,:] += bias.</summary>
    void AddBias(int rows, int columns, DeviceSlice<float> bias, DeviceSlice<float> y);

    /// <summary>dBias += Σ_r dy[r,:], rows in ascending order.</summary>
    void BiasGradient(int rows, int columns, DeviceSlice<float> dy, DeviceSlice<float> dBias);

    // Input

    /// <summary>x[r,:] = 1 at tokens[r], 0 elsewhere.</summary>
    void OneHot(int rows, int vocabulary, DeviceSlice<int> tokens, DeviceSlice<float> x);

    /// <summary>x[r,:] = weight[tokens[r],:].</summary>
    void EmbeddingForward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> weight, DeviceSlice<float> x);

    /// <summary>dWeight[tokens[r],:] += dx[r,:], rows in ascending order.</summary>
    void EmbeddingBackward(int rows, int width, DeviceSlice<int> tokens, DeviceSlice<float> dx, DeviceSlice<float> dWeight);

    // Recurrence

    /// <summary>Bytes of the device's own form of one layer's weights.</summary>
    long LstmPackedBytes(LstmShape shape);

    /// <summary>Bring the weights into the device's own form: once per optimizer update, not per call.</summary>
    void LstmPack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed);

    /// <summary>Bytes of scratch that a backward pass of this shape needs.</summary>
    long LstmWorkspaceBytes(LstmShape shape);

    /// <summary>
    /// One layer over T steps (Hochreiter and Schmidhuber 1997 with forget gates; PyTorch's nn.LSTM):
    /// i,f,o = σ(x·W_ihᵀ + b_ih + h'·W_hhᵀ + b_hh), g = tanh(same), c = f∘c' + i∘g, h = o∘tanh(c).
    /// State 0 of <see cref="LstmReserve"/> is read; states 1…T and the activated gates are written.
    /// </summary>
    /// <param name="lengths">[B] steps of each row, 0…T, or empty: at a padded step the gates are i = o = g = 0, f = 1, so h is 0 and c is carried on.</param>
    void LstmForward(
        LstmShape shape, DeviceSlice<float> x, in LstmWeights weights, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths);

    /// <summary>Backpropagation through time over the window. The gates of the reserve are overwritten by their gradients.</summary>
    /// <param name="lengths">As forward had them: the gradient of the last state enters each row at its own last step.</param>
    void LstmBackward(
        LstmShape shape,
        DeviceSlice<float> x,
        in LstmWeights weights,
        DeviceSlice<float> packed,
        in LstmReserve reserve,
        in LstmGradients gradients,
        DeviceSlice<int> lengths);

    /// <summary>Bytes of the device's own form of the weights of the general recurrence.</summary>
    long RecurrentPackedBytes(RecurrentShape shape, CellOptions options);

    void RecurrentPack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed);

    /// <summary>Bytes of scratch that a pass in either direction needs.</summary>
    long RecurrentWorkspaceBytes(RecurrentShape shape, CellOptions options);

    /// <summary>Any cell with any options over T steps; the plain LSTM has <see cref="LstmForward"/>. Equations: <see cref="CellKind"/>, <see cref="CellOptions"/>.</summary>
    /// <param name="lengths">[B] steps of each row, 0…T, or empty.</param>
    void RecurrentForward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths);

    void RecurrentBackward(
        RecurrentShape shape,
        CellOptions options,
        DeviceSlice<float> x,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        in RecurrentGradients gradients,
        DeviceSlice<int> lengths);

    // Sequences

    /// <summary>
    /// destination[t,b,:] = source[t,b,:] for t &lt; lengths[b], or source[lengths[b]−1−t,b,:] where <paramref name="reverse"/>; 0 (nothing added) beyond.
    /// A row of either begins a stride after the one before; the slices begin at their first element.
    /// </summary>
    void CopySequence(
        int steps,
        int batch,
        int width,
        bool reverse,
        DeviceSlice<int> lengths,   // [B] or empty: T
        DeviceSlice<float> source,
        int sourceStride,
        DeviceSlice<float> destination,
        int destinationStride,
        bool accumulate);

    /// <summary>state[b,:] = history[lengths[b],b,:]: the state after each row's own last step.</summary>
    void LastState(int batch, int width, DeviceSlice<float> history, DeviceSlice<int> lengths, DeviceSlice<float> state);

    // Regularisation and loss

    /// <summary>
    /// y[n] = x[n]/(1−p) where the draw for element n is at least p, else 0. The same call on dy gives dx. x and y may be the same memory.
    /// </summary>
    void Dropout(DeviceSlice<float> x, DeviceSlice<float> y, float probability, DropoutKey key);

    /// <summary>
    /// losses[r] = log Σ_v exp(logits[r,v]) − logits[r,targets[r]], and logits[r,:] ← (softmax − one-hot)·gradientScale.
    /// A scale of 0 leaves the logits as they are (evaluation).
    /// </summary>
    void SoftmaxCrossEntropy(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> targets, DeviceSlice<float> losses, float gradientScale);

    /// <summary>predictions[r] = the smallest v that maximises logits[r,v].</summary>
    void ArgMax(int rows, int vocabulary, DeviceSlice<float> logits, DeviceSlice<int> predictions);

    // Reductions: two stages in a fixed order, so that the result is bit-equal from run to run

    /// <summary>result[0] = scale · Σ x.</summary>
    void Sum(DeviceSlice<float> x, float scale, DeviceSlice<float> result);

    /// <summary>result[0] = √Σ x².</summary>
    void Norm(DeviceSlice<float> x, DeviceSlice<float> result);

    // Optimizer: one pass over the parameter arena

    /// <summary>factor[0] = min(1, limit / (norm[0] + 1e-6)), PyTorch's clip_grad_norm_.</summary>
    void ClipFactor(DeviceSlice<float> norm, float limit, DeviceSlice<float> factor);

    /// <summary>gradients ← clamp(factor[0]·gradients, −limit, limit), PyTorch's clip_grad_value_ after clip_grad_norm_; then factor[0] ← 1.</summary>
    void ClipValue(DeviceSlice<float> gradients, DeviceSlice<float> factor, float limit);

    /// <summary>PyTorch's SGD: g ← factor·g + decay·w; v ← momentum·v + g (first step: v ← g); w ← w − rate·v, Nesterov: w ← w − rate·(g + momentum·v).</summary>
    void Sgd(DeviceSlice<float> parameters, DeviceSlice<float> gradients, DeviceSlice<float> factor, DeviceSlice<float> velocity, SgdStep step);

    /// <summary>PyTorch's Adam, or AdamW where <see cref="AdamStep.Decoupled"/>. Gradients are multiplied by factor[0] first.</summary>
    void Adam(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> firstMoment,
        DeviceSlice<float> secondMoment,
        AdamStep step);

    /// <summary>
    /// PyTorch's RMSprop: g ← factor·g + decay·w; s ← α·s + (1−α)·g²; q = g / (√s + ε); w ← w − rate·q. With momentum v ← momentum·v + q;
    /// w ← w − rate·v. Without, the velocity is neither read nor written and may be empty.
    /// </summary>
    void Rmsprop(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> meanSquare,
        DeviceSlice<float> velocity,
        RmspropStep step);

    /// <summary>PyTorch's Adagrad: g ← factor·g + decay·w; s ← s + g²; w ← w − rate·g / (√s + ε).</summary>
    void Adagrad(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> sum,
        AdagradStep step);

    /// <summary>PyTorch's ASGD: g ← factor·g + decay·w; w ← (1 − λη)·w − η·g; a ← a + μ·(w − a), which is w where μ = 1.</summary>
    void Asgd(
        DeviceSlice<float> parameters,
        DeviceSlice<float> gradients,
        DeviceSlice<float> factor,
        DeviceSlice<float> average,
        AsgdStep step);
}

/// <summary>Which operand is stored transposed: C[M,N] = A[M,K]·B[K,N], A[M,K]·B[N,K]ᵀ or A[K,M]ᵀ·B[K,N].</summary>
internal enum GemmLayout
{
    NN = Kernels.GemmKernels.NN,
    NT = Kernels.GemmKernels.NT,
    TN = Kernels.GemmKernels.TN,
}

/// <summary>Identity of a dropout mask: the run's seed, the optimizer step and the place in the network.</summary>
internal readonly record struct DropoutKey(ulong Seed, ulong Step, uint Site);

/// <summary>One update of PyTorch's SGD. <paramref name="First"/>: the velocity starts as the gradient.</summary>
internal readonly record struct SgdStep(float LearningRate, float Momentum, float WeightDecay, bool First, bool Nesterov = false)
{
    public UpdateValues Values => new(LearningRate, First: First);
}

/// <summary>One update of PyTorch's Adam; <paramref name="Step"/> counts from 1.</summary>
internal readonly record struct AdamStep(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay, bool Decoupled, long Step)
{
    // What an update multiplies by. In double before it is rounded: 1 − 0.999f is off by 1.3·10⁻⁵ of itself.

    public float NewInFirst => (float)(1 - Beta1);

    public float NewInSecond => (float)(1 - Beta2);

    /// <summary>Adam: the decay is a part of the gradient.</summary>
    public float CoupledDecay => Decoupled ? 0 : (float)WeightDecay;

    /// <summary>AdamW: what the decay leaves of a parameter.</summary>
    public float Keep => Decoupled ? (float)(1 - LearningRate * WeightDecay) : 1;

    public float StepSize => (float)(LearningRate / (1 - Math.Pow(Beta1, Step)));

    public float InverseRoot => (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Step)));

    public UpdateValues Values => new(StepSize, Keep, InverseRoot);
}

/// <summary>One update of PyTorch's RMSprop.</summary>
internal readonly record struct RmspropStep(double LearningRate, double Alpha, double Epsilon, double Momentum, double WeightDecay)
{
    public float NewInMean => (float)(1 - Alpha);

    public UpdateValues Values => new((float)LearningRate);
}

/// <summary>One update of PyTorch's Adagrad; <paramref name="Step"/> counts from 1.</summary>
internal readonly record struct AdagradStep(double LearningRate, double LearningRateDecay, double Epsilon, double WeightDecay, long Step)
{
    public double Rate => LearningRate / (1 + (Step - 1) * LearningRateDecay);

    public UpdateValues Values => new((float)Rate);
}

/// <summary>
/// One update of PyTorch's ASGD (Polyak and Juditsky 1992); <paramref name="Step"/> counts from 1, <paramref name="Start"/> is t0. PyTorch computes
/// η and μ of an update at the end of the one before it, which is the same where the learning rate is constant.
/// </summary>
internal readonly record struct AsgdStep(double LearningRate, double Lambda, double Power, double WeightDecay, long Step, long Start)
{
    /// <summary>η = rate / (1 + λ·rate·(t − 1))^α.</summary>
    public double Eta => LearningRate / Math.Pow(1 + Lambda * LearningRate * (Step - 1), Power);

    /// <summary>1 − λη: what the decay leaves of a parameter.</summary>
    public double Keep => 1 - Lambda * Eta;

    /// <summary>μ = 1 / max(1, t − 1 − t0).</summary>
    public double Mu => 1.0 / Math.Max(1, Step - 1 - Start);
}
