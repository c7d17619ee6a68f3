using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// tokens (embedding or one-hot) or features → recurrent stack over rows of unequal length → the pooled sequence or every step → linear → a loss.
/// T longest steps, B rows of a batch (a row of length 0 is padding and has no part in anything), F input width, K outputs of a row.
/// Every batch starts from the zero state. Constructing plans the memory; <see cref="Allocate"/> takes it, once.
/// </summary>
internal sealed class SequenceModel : ITrainable
{
    private readonly IBackend backend;
    private readonly SequenceShape shape;
    private readonly ModelOptions options;
    private readonly RecurrentStack stack;
    private readonly SequencePool? pool;
    private readonly SequenceLoss loss;
    private readonly ArenaEntry? embedding, dInput, scale;
    private readonly ArenaEntry linearWeight, linearBias, input, outputs;
    private readonly int width;
    private DeviceBuffer? integers;
    private int steps; // of the batch that was set last

    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public SequenceModel(IBackend backend, ModelOptions options, SequenceShape shape, SequenceLoss loss, bool training)
    {
        (this.backend, this.options, this.shape, this.loss) = (backend, options, shape, loss);
        Memory = new ModelMemory(training);
        bool isEmbedded = shape.Vocabulary > 0 && options.Embedding > 0;
        embedding = isEmbedded ? Memory.ParameterLayout.Add("embedding.weight", shape.Vocabulary, options.Embedding) : null;
        width = isEmbedded ? options.Embedding : shape.Vocabulary > 0 ? shape.Vocabulary : shape.Features;
        stack = new RecurrentStack(backend, Memory, ModelStack.Name(options.Cell), shape.Steps, shape.Batch, width, options.Hidden, ModelStack.Of(options, width));
        linearWeight = Memory.ParameterLayout.Add("linear.weight", shape.Outputs, stack.OutputWidth);
        linearBias = Memory.ParameterLayout.Add("linear.bias", shape.Outputs);
        input = Memory.ReserveLayout.Add("input", shape.Steps, shape.Batch, width);
        outputs = Memory.ReserveLayout.Add("outputs", MostRows, shape.Outputs);
        scale = training ? Memory.WorkspaceLayout.Add("gradient scale", 1) : null;
        dInput = training && isEmbedded ? Memory.WorkspaceLayout.Add("d_input", shape.Steps, shape.Batch, width) : null;
        pool = shape.Pooling is { } pooling ? new SequencePool(backend, Memory, pooling, stack, shape.Batch) : null;
        loss.Plan(Memory, MostRows, shape.Outputs);
    }

    public ModelMemory Memory { get; }

    public string Cell => options.Cell;

    public SequenceShape Shape => shape;

    /// <inheritdoc/>
    public float GradientScale
    {
        get => stack.GradientScale;
        set => stack.GradientScale = value;
    }

    /// <summary>Nothing: batches are independent.</summary>
    public IEnumerable<(string Name, DeviceSlice<float> Slice, long[] Shape)> Carried => [];

    // Of outputs: sequences, or steps of them all.
    private long MostRows => shape.Pooling is null ? (long)shape.Steps * shape.Batch : shape.Batch;

    private int Rows => shape.Pooling is null ? steps * shape.Batch : shape.Batch;

    private long TokenCount => shape.Vocabulary > 0 ? (long)shape.Steps * shape.Batch : 0;

    private long IntegerBytes => sizeof(int) * (TokenCount + shape.Batch + loss.Integers(MostRows) + (pool?.Places ?? 0));

    private DeviceSlice<int> Tokens => new(integers!, 0, (long)steps * shape.Batch);

    private DeviceSlice<int> Lengths => new(integers!, TokenCount, shape.Batch);

    private DeviceSlice<float> Input => Memory.Reserve[input].Slice(0, (long)steps * shape.Batch * width);

    private DeviceSlice<float> Outputs => Memory.Reserve[outputs].Slice(0, (long)Rows * shape.Outputs);

    /// <inheritdoc/>
    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => Memory.Plan().Append(("tokens, lengths and labels", IntegerBytes));

    /// <inheritdoc/>
    public void Allocate()
    {
        Memory.Allocate(backend);
        integers = backend.Allocate("tokens, lengths and labels", IntegerBytes);
        long labels = TokenCount + shape.Batch;
        loss.Bind(backend, Memory, new(integers, labels, loss.Integers(MostRows)));
        pool?.Bind(new(integers, labels + loss.Integers(MostRows), pool.Places));
    }

    /// <summary>PyTorch's defaults: nn.Embedding N(0,1), recurrent layers U(±1/√H), nn.Linear U(±1/√(D·P)) for weight and bias.</summary>
    public void Initialise(long seed)
    {
        var init = new Initialiser(backend, seed);
        if (embedding is not null)
        {
            init.Normal(Memory.Parameters, embedding);
        }
        stack.Initialise(init, options.ForgetBias);
        double bound = 1 / Math.Sqrt(stack.OutputWidth);
        init.Uniform(Memory.Parameters, linearWeight, bound);
        init.Uniform(Memory.Parameters, linearBias, bound);
    }

    /// <inheritdoc/>
    public void ParametersChanged() => stack.Pack();

    /// <summary>A batch of token ids; what stands beyond a length does not matter, but must be an id.</summary>
    /// <param name="tokens">[T,B].</param>
    /// <param name="lengths">[B], 0…T.</param>
    public void SetTokens(ReadOnlySpan<int> tokens, ReadOnlySpan<int> lengths)
    {
        steps = tokens.Length / shape.Batch;
        backend.Upload(tokens, Tokens);
        backend.Upload(lengths, Lengths);
    }

    /// <summary>A batch of features.</summary>
    /// <param name="features">[T,B,F].</param>
    /// <param name="lengths">[B], 0…T.</param>
    public void SetFeatures(ReadOnlySpan<float> features, ReadOnlySpan<int> lengths)
    {
        steps = features.Length / (shape.Batch * width);
        backend.Upload(features, Input);
        backend.Upload(lengths, Lengths);
    }

    /// <summary>[B,K] of the pooled sequences or [T,B,K] of every step, before any softmax.</summary>
    public DeviceSlice<float> Forward(DropoutKey? mask)
    {
        DeviceSlice<float> x = Input;
        if (embedding is not null)
        {
            backend.EmbeddingForward((int)Tokens.Length, width, Tokens, Memory.Parameters[embedding], x);
        }
        else if (shape.Vocabulary > 0)
        {
            backend.OneHot((int)Tokens.Length, width, Tokens, x);
        }
        stack.ResetState();
        DeviceSlice<float> h = stack.Forward(steps, x, Lengths, mask);
        DeviceSlice<float> read = pool is null ? h : pool.Forward(steps, Lengths, h);
        backend.Gemm(GemmLayout.NT, Rows, shape.Outputs, stack.OutputWidth, read, Memory.Parameters[linearWeight], Outputs, accumulate: false);
        backend.AddBias(Rows, shape.Outputs, Memory.Parameters[linearBias], Outputs);
        return Outputs;
    }

    /// <summary>The mean loss of the batch after <see cref="Forward"/>; with gradient, the outputs become its gradient.</summary>
    public DeviceSlice<float> Loss(bool gradient) =>
        pool is null ? loss.Run(steps, shape.Batch, Lengths, Outputs, gradient) : loss.Run(1, shape.Batch, Lengths, Outputs, gradient);

    /// <inheritdoc/>
    public bool IsReplayable => steps == shape.Steps && loss.IsReplayable;

    /// <inheritdoc/>
    public DeviceSlice<float> Gradients(DropoutKey mask)
    {
        Forward(mask);
        DeviceSlice<float> mean = Loss(gradient: true);
        if (GradientScale != 1)
        {
            backend.Fill(Memory.Workspace[scale!], GradientScale);
            backend.MultiplyByMask(Outputs, Memory.Workspace[scale!], Outputs);
        }
        Backward(mask);
        return mean;
    }

    public void Carry()
    {
    }

    public void Dispose()
    {
        Memory.Dispose();
        integers?.Dispose();
    }

    private void Backward(DropoutKey mask)
    {
        Arena p = Memory.Parameters, g = Memory.Gradients;
        backend.Fill(g.All, 0);
        DeviceSlice<float> dOutputs = Outputs, dh = stack.DOutput(steps);
        DeviceSlice<float> read = pool?.Output ?? stack.Output(steps), dRead = pool?.DOutput ?? dh;
        backend.Gemm(GemmLayout.TN, shape.Outputs, stack.OutputWidth, Rows, dOutputs, read, g[linearWeight], accumulate: true);
        backend.BiasGradient(Rows, shape.Outputs, dOutputs, g[linearBias]);
        backend.Gemm(GemmLayout.NN, Rows, stack.OutputWidth, shape.Outputs, dOutputs, p[linearWeight], dRead, accumulate: false);
        pool?.Backward(steps, Lengths, dh);
        DeviceSlice<float> x = Input, dx = dInput is null ? default : Memory.Workspace[dInput].Slice(0, x.Length);
        stack.ResetStateGradients();
        stack.Backward(steps, x, dx, Lengths, mask);
        if (embedding is not null)
        {
            backend.EmbeddingBackward((int)Tokens.Length, width, Tokens, dx, g[embedding]);
        }
    }
}

/// <summary>What goes into a <see cref="SequenceModel"/> and comes out.</summary>
/// <param name="Steps">T, the longest sequence.</param>
/// <param name="Batch">B.</param>
/// <param name="Vocabulary">Token ids are below this; 0: the input is features.</param>
/// <param name="Features">F of a step, where the input is features.</param>
/// <param name="Outputs">K.</param>
/// <param name="Pooling">What a sequence is reduced to before the linear layer; null: every step has its own outputs.</param>
internal sealed record SequenceShape(int Steps, int Batch, int Vocabulary, int Features, int Outputs, Pooling? Pooling);
