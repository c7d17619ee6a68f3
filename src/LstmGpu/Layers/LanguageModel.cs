using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// tokens → embedding or one-hot → recurrent stack → linear → softmax cross-entropy. R = T·B rows, V symbols, E embedding width.
/// Constructing plans the memory; <see cref="Allocate"/> takes it, once.
/// </summary>
internal sealed class LanguageModel : ITrainable
{
    private readonly IBackend backend;
    private readonly int batch, longest, width;
    private readonly ModelOptions options;
    private readonly RecurrentStack stack;
    private readonly ArenaEntry? embedding, dInput, wordMask;
    private readonly ArenaEntry linearWeight, linearBias, linearKept, input, logits, losses, scalars;
    private DeviceBuffer? tokenBuffer;
    private int window; // steps of the one that was set last

    /// <param name="steps">The longest window.</param>
    /// <param name="training">Whether gradients will be asked for.</param>
    public LanguageModel(IBackend backend, ModelOptions options, int vocabulary, int steps, int batch, bool training)
    {
        (this.backend, this.options, this.batch, longest, Vocabulary) = (backend, options, batch, steps, vocabulary);
        Memory = new ModelMemory(training);
        if (options.Embedding > 0)
        {
            embedding = (IsFrozen ? Memory.FrozenLayout : Memory.ParameterLayout).Add("embedding.weight", vocabulary, options.Embedding);
        }
        width = options.Embedding > 0 ? options.Embedding : vocabulary;
        stack = new RecurrentStack(backend, Memory, ModelStack.Name(options.Cell), steps, batch, width, options.Hidden, ModelStack.Of(options, width));
        RequireEmbedding();
        linearWeight = options.Tie ? embedding! : Memory.ParameterLayout.Add("linear.weight", vocabulary, stack.OutputWidth);
        linearBias = Memory.ParameterLayout.Add("linear.bias", vocabulary);
        linearKept = Memory.PackedLayout.Add("linear.kept", backend.OperandBytes(vocabulary, stack.OutputWidth) / sizeof(float));
        input = Memory.ReserveLayout.Add("input", steps, batch, width);
        logits = Memory.ReserveLayout.Add("logits", steps, batch, vocabulary);
        losses = Memory.ReserveLayout.Add("losses", steps, batch);
        scalars = Memory.WorkspaceLayout.Add("loss", 1);
        if (training && options.Embedding > 0)
        {
            dInput = IsFrozen ? null : Memory.WorkspaceLayout.Add("d_input", steps, batch, width);
            wordMask = options.EmbeddingDropout > 0 ? Memory.ReserveLayout.Add("symbol_mask", vocabulary) : null;
        }
    }

    public ModelMemory Memory { get; }

    /// <summary>Changes the drawn embedding, [V,E], before training starts; null leaves it as drawn.</summary>
    public Action<Span<float>>? Pretrained { get; init; }

    public int Vocabulary { get; }

    /// <summary>As <c>model.cell</c> spells it.</summary>
    public string Cell => options.Cell;

    public RecurrentStack Stack => stack;

    /// <summary>What the gradient of the loss is multiplied by, and with it every gradient.</summary>
    public float GradientScale
    {
        get => stack.GradientScale;
        set => stack.GradientScale = value;
    }

    public int Batch => batch;

    public int LongestWindow => longest;

    /// <summary>Input width of the first layer.</summary>
    public int InputWidth => width;

    // A frozen table stands outside the arena that the optimizer updates.
    private bool IsFrozen => options.FreezeEmbeddings;

    private Arena EmbeddingArena => IsFrozen ? Memory.Frozen : Memory.Parameters;

    private DeviceSlice<int> Inputs(int rows) => new(tokenBuffer!, 0, rows);

    private DeviceSlice<int> Targets(int rows) => new(tokenBuffer!, (long)longest * batch, rows);

    private DeviceSlice<int> Predictions(int rows) => new(tokenBuffer!, 2L * longest * batch, rows);

    private DeviceSlice<float> Input(int rows) => Memory.Reserve[input].Slice(0, (long)rows * width);

    // The scores, and after a loss with gradient their gradients.
    private DeviceSlice<float> Logits(int rows) => Memory.Reserve[logits].Slice(0, (long)rows * Vocabulary);

    private long TokenBytes => 3L * sizeof(int) * longest * batch;

    /// <summary>Names and bytes of everything that <see cref="Allocate"/> takes.</summary>
    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => Memory.Plan().Append(("tokens", TokenBytes));

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate()
    {
        Memory.Allocate(backend);
        tokenBuffer = backend.Allocate("tokens", TokenBytes);
    }

    /// <summary>PyTorch's defaults: nn.Embedding N(0,1), recurrent layers U(±1/√H), nn.Linear U(±1/√H) for weight and bias; a tied matrix takes U(±1/√H).</summary>
    public void Initialise(long seed)
    {
        var init = new Initialiser(backend, seed);
        if (embedding is not null)
        {
            // A tied matrix must also suit the scores: N(0,1) would begin with losses of tens of nats.
            if (options.Tie)
            {
                init.Uniform(EmbeddingArena, embedding, 1 / Math.Sqrt(stack.OutputWidth));
            }
            else
            {
                init.Normal(EmbeddingArena, embedding);
            }
            LoadPretrained(EmbeddingArena[embedding]);
        }
        stack.Initialise(init, options.ForgetBias);
        double bound = 1 / Math.Sqrt(stack.OutputWidth);
        if (!options.Tie)
        {
            init.Uniform(Memory.Parameters, linearWeight, bound);
        }
        init.Uniform(Memory.Parameters, linearBias, bound);
    }

    /// <summary>Must follow every change of the parameters.</summary>
    public void ParametersChanged()
    {
        stack.Pack();
        backend.KeepOperand(Vocabulary, stack.OutputWidth, Memory.Parameters[linearWeight], Memory.Packed[linearKept]);
    }

    /// <summary>Time-major [T,B] ids of the window.</summary>
    public void SetWindow(ReadOnlySpan<int> inputs, ReadOnlySpan<int> targets)
    {
        window = inputs.Length / batch;
        backend.Upload(inputs, Inputs(inputs.Length));
        backend.Upload(targets, Targets(targets.Length));
    }

    /// <inheritdoc/>
    public bool IsReplayable => window == longest;

    /// <inheritdoc/>
    public DeviceSlice<float> Gradients(DropoutKey mask)
    {
        Forward(window, mask);
        DeviceSlice<float> loss = Loss(window, 1f / (window * batch), gradient: true);
        Backward(window, mask);
        return loss;
    }

    /// <inheritdoc/>
    public void Carry() => stack.Carry(window);

    /// <inheritdoc/>
    public IEnumerable<(string Name, DeviceSlice<float> Slice, long[] Shape)> Carried
    {
        get
        {
            for (int layer = 0; layer < stack.Layers; layer++)
            {
                (DeviceSlice<float> h, DeviceSlice<float> c) = stack.State(layer);
                yield return ($"carry.h_l{layer}", h, [batch, h.Length / batch]);
                if (!c.IsEmpty)
                {
                    yield return ($"carry.c_l{layer}", c, [batch, c.Length / batch]);
                }
            }
        }
    }

    /// <summary>Logits of the window, [T,B,V].</summary>
    public DeviceSlice<float> Forward(int steps, DropoutKey? mask)
    {
        int rows = steps * batch;
        DeviceSlice<float> x = Input(rows);
        if (embedding is null)
        {
            backend.OneHot(rows, width, Inputs(rows), x);
        }
        else
        {
            backend.EmbeddingForward(rows, width, Inputs(rows), EmbeddingArena[embedding], DrawWordMask(mask), x);
        }
        DeviceSlice<float> h = stack.Forward(steps, x, lengths: default, mask);
        DeviceSlice<float> y = Logits(rows);
        backend.Gemm(GemmLayout.NT, rows, Vocabulary, stack.OutputWidth, h, Memory.Parameters[linearWeight], Memory.Packed[linearKept], y, accumulate: false);
        backend.AddBias(rows, Vocabulary, Memory.Parameters[linearBias], y);
        return y;
    }

    /// <summary>Puts the window's loss times <paramref name="scale"/> on the device. With gradient, the logits become the gradient of the mean loss.</summary>
    public DeviceSlice<float> Loss(int steps, float scale, bool gradient)
    {
        int rows = steps * batch;
        DeviceSlice<float> rowLosses = Memory.Reserve[losses].Slice(0, rows);
        DeviceSlice<float> y = Logits(rows);
        backend.SoftmaxCrossEntropy(rows, Vocabulary, y, Targets(rows), rowLosses, gradient ? GradientScale / rows : 0f);
        backend.Sum(rowLosses, scale, Memory.Workspace[scalars]);
        return Memory.Workspace[scalars];
    }

    /// <summary>The most probable symbol of every position of the window, after <see cref="Forward"/>.</summary>
    public void Predict(int steps, Span<int> predictions)
    {
        int rows = steps * batch;
        backend.ArgMax(rows, Vocabulary, Logits(rows), Predictions(rows));
        backend.Download(Predictions(rows), predictions);
    }

    /// <summary>Gradients of all parameters from the logits' gradient, after <see cref="Loss"/> with gradient. Gradients start from zero.</summary>
    public void Backward(int steps, DropoutKey mask)
    {
        int rows = steps * batch;
        Arena p = Memory.Parameters, g = Memory.Gradients;
        backend.Fill(g.All, 0);
        DeviceSlice<float> dLogits = Logits(rows);
        DeviceSlice<float> h = stack.Output(steps);
        DeviceSlice<float> dh = stack.DOutput(steps);
        backend.Gemm(GemmLayout.TN, Vocabulary, stack.OutputWidth, rows, dLogits, h, g[linearWeight], accumulate: true);
        backend.BiasGradient(rows, Vocabulary, dLogits, g[linearBias]);
        backend.Gemm(GemmLayout.NN, rows, stack.OutputWidth, Vocabulary, dLogits, p[linearWeight], Memory.Packed[linearKept], dh, accumulate: false);
        DeviceSlice<float> x = Input(rows);
        DeviceSlice<float> dx = dInput is null ? default : Memory.Workspace[dInput].Slice(0, x.Length);
        stack.ResetStateGradients();
        stack.Backward(steps, x, dx, lengths: default, mask);
        if (embedding is not null && !IsFrozen)
        {
            backend.EmbeddingBackward(rows, width, Inputs(rows), dx, g[embedding], wordMask is null ? default : Memory.Reserve[wordMask], paddingToken: -1);
        }
    }

    private void LoadPretrained(DeviceSlice<float> table)
    {
        if (Pretrained is not null)
        {
            float[] weight = new float[table.Length];
            backend.Download(table, weight);
            Pretrained(weight);
            backend.Upload<float>(weight, table);
        }
    }

    // Whole symbols are dropped; at evaluation none.
    private DeviceSlice<float> DrawWordMask(DropoutKey? key)
    {
        if (key is not { } drawn || wordMask is null)
        {
            return default;
        }
        DeviceSlice<float> mask = Memory.Reserve[wordMask];
        backend.Fill(mask, 1);
        backend.Dropout(mask, mask, (float)options.EmbeddingDropout, drawn with { Site = DropoutSite.Of(DropoutSite.Embedding, 0) });
        return mask;
    }

    private void RequireEmbedding()
    {
        if (options.Bidirectional)
        {
            throw new ConfigurationException("model.bidirectional lets a language model see the symbols that it is to predict; leave it out, or use another --task");
        }
        if (options.Tie && options.Embedding != stack.OutputWidth)
        {
            throw new ConfigurationException(
                $"model.tie shares the embedding, {(options.Embedding > 0 ? $"{options.Embedding} wide" : "which is off")}, with a linear layer that reads {stack.OutputWidth}; use --embedding {stack.OutputWidth}");
        }
        if ((options.FreezeEmbeddings || options.PretrainedEmbeddings is not null) && options.Embedding == 0)
        {
            throw new ConfigurationException("model.pretrained_embeddings and model.freeze_embeddings are about the embedding, and model.embedding is 0; use --embedding with the width of the vectors");
        }
        if (options.FreezeEmbeddings && options.Tie)
        {
            throw new ConfigurationException("model.freeze_embeddings keeps the embedding, and model.tie makes it the linear layer too, which must be trained; leave one out");
        }
        if (options.EmbeddingDropout > 0 && options.Embedding == 0)
        {
            throw new ConfigurationException("model.embedding_dropout drops rows of the embedding, and model.embedding is 0; use --embedding, or --input-dropout");
        }
    }

    public void Dispose()
    {
        Memory.Dispose();
        tokenBuffer?.Dispose();
    }
}
