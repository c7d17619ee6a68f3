using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// L recurrent layers in one or two directions, each reading the one below; dropout on the way up (Zaremba et al. 2014; PyTorch's nn.LSTM, nn.GRU, nn.RNN).
/// The second direction runs over rows that are reversed, each within its own length, so that a layer knows one direction of time only.
/// </summary>
internal sealed class RecurrentStack
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly StackOptions options;
    private readonly int steps, batch, input;
    private readonly RecurrentLayer[,] layers;
    private readonly ArenaEntry? thinnedInput, reversedBelow, scratch, dReversedBelow;
    private readonly ArenaEntry?[] joined, thinned;
    private readonly ArenaEntry[] gradients = [], dJoined = [];
    private readonly ArenaEntry? dStateH, dStateC, penalty;
    private DropoutKey? lastKey;

    /// <param name="steps">The longest window.</param>
    /// <param name="input">I of the first layer.</param>
    /// <param name="hidden">H.</param>
    public RecurrentStack(IBackend backend, ModelMemory memory, string prefix, int steps, int batch, int input, int hidden, StackOptions options)
    {
        (this.backend, this.memory, this.options, this.steps, this.batch, this.input) = (backend, memory, options, steps, batch, input);
        Width = options.Projection > 0 ? options.Projection : hidden;
        Hidden = hidden;
        layers = new RecurrentLayer[options.Layers, options.Directions];
        joined = new ArenaEntry?[options.Layers];
        thinned = new ArenaEntry?[options.Layers];
        long scratchBytes = 0;
        for (int n = 0; n < options.Layers; n++)
        {
            var shape = new RecurrentShape(options.Cell, steps, batch, InputOf(n), hidden, Width);
            for (int d = 0; d < options.Directions; d++)
            {
                layers[n, d] = new RecurrentLayer(backend, memory, prefix, n, reverse: d == 1, shape, options);
                scratchBytes = Math.Max(scratchBytes, layers[n, d].ScratchBytes);
            }
            joined[n] = options.Bidirectional ? memory.ReserveLayout.Add($"output_l{n}", steps, batch, OutputWidth) : null;
            thinned[n] = DropoutOf(n) > 0 && memory.Training ? memory.ReserveLayout.Add($"dropped_l{n}", steps, batch, OutputWidth) : null;
        }
        int widest = Math.Max(input, OutputWidth);
        thinnedInput = options.InputDropout > 0 && memory.Training ? memory.ReserveLayout.Add("dropped_input", steps, batch, input) : null;
        reversedBelow = options.Bidirectional ? memory.WorkspaceLayout.Add("reversed input", steps, batch, widest) : null;
        scratch = scratchBytes > 0 ? memory.WorkspaceLayout.Add("recurrent scratch", scratchBytes / sizeof(float)) : null;
        if (memory.Training)
        {
            gradients = [Gradient("d_output", OutputWidth), Gradient("d_below", OutputWidth)];
            dJoined = options.Bidirectional ? [Gradient("d_direction", Width)] : [];
            dReversedBelow = options.Bidirectional ? Gradient("d_reversed_input", widest) : null;
            penalty = options.ActivationPenalty > 0 || options.TemporalPenalty > 0 ? memory.WorkspaceLayout.Add("penalty", 1) : null;
            dStateH = memory.WorkspaceLayout.Add("d_state_h", options.Layers * options.Directions, batch, Width);
            dStateC = HasCellState ? memory.WorkspaceLayout.Add("d_state_c", options.Layers * options.Directions, batch, hidden) : null;
        }
    }

    public int Layers => options.Layers;

    public int Directions => options.Directions;

    /// <summary>P: width of h of one direction.</summary>
    public int Width { get; }

    /// <summary>H: width of c.</summary>
    public int Hidden { get; }

    /// <summary>D·P.</summary>
    public int OutputWidth => Width * Directions;

    /// <summary>What the penalties' gradients are multiplied by, as that of the loss is.</summary>
    public float GradientScale { get; set; } = 1;

    public bool HasCellState => options.Cell == CellKind.Lstm;

    /// <summary>Where the layer above puts the gradient of the stack's output, [T,B,D·P].</summary>
    public DeviceSlice<float> DOutput(int steps) => Buffer(gradients[0], steps, OutputWidth);

    /// <summary>Gradients of the last states of all layers before <see cref="Backward"/>, of the first after it: [L·D,B,P] and [L·D,B,H].</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) DState => (memory.Workspace[dStateH!], dStateC is null ? default : memory.Workspace[dStateC]);

    /// <summary>What the last forward of the stack returned, [T,B,D·P].</summary>
    public DeviceSlice<float> Output(int steps) => Above(Layers - 1, steps, lastKey);

    /// <summary>h of one layer before dropout, [T,B,D·P].</summary>
    public DeviceSlice<float> LayerOutput(int layer, int steps) =>
        joined[layer] is { } entry ? memory.Reserve[entry].Slice(0, Elements(steps, OutputWidth)) : layers[layer, 0].Output(steps);

    /// <summary>What one layer did in the last forward: its activated gates [T,B,G·H] and its cell [T+1,B,H], which is empty where it has none.</summary>
    public (DeviceSlice<float> Gates, DeviceSlice<float> Cells) Trace(int layer, int steps) => (layers[layer, 0].Gates(steps), layers[layer, 0].Cells(steps));

    /// <summary>Must follow every change of the weights.</summary>
    public void Pack()
    {
        foreach (RecurrentLayer layer in layers)
        {
            layer.Pack();
        }
    }

    public void Initialise(Initialiser init, double? forgetBias)
    {
        foreach (RecurrentLayer layer in layers)
        {
            layer.Initialise(init, forgetBias);
        }
    }

    /// <summary>Returns the output, [T,B,D·P].</summary>
    /// <param name="x">[T,B,I].</param>
    /// <param name="lengths">[B] or empty.</param>
    /// <param name="key">Seed and step of the masks; null evaluates without any.</param>
    public DeviceSlice<float> Forward(int steps, DeviceSlice<float> x, DeviceSlice<int> lengths, DropoutKey? key)
    {
        lastKey = key;
        if (key is { } drawn && thinnedInput is not null)
        {
            DeviceSlice<float> kept = memory.Reserve[thinnedInput].Slice(0, x.Length);
            Drop(x, kept, options.InputDropout, input, drawn with { Site = DropoutSite.Of(DropoutSite.Input, 0) });
        }
        for (int n = 0; n < Layers; n++)
        {
            DeviceSlice<float> below = Below(n, x, steps, key);
            for (int d = 0; d < Directions; d++)
            {
                layers[n, d].Forward(steps, d == 0 ? below : Reversed(below, InputOf(n), steps, lengths), lengths, Scratch, key);
                if (joined[n] is { } both)
                {
                    DeviceSlice<float> side = memory.Reserve[both].Slice((long)d * Width, Elements(steps, OutputWidth) - ((long)d * Width));
                    backend.CopySequence(steps, batch, Width, reverse: d == 1, lengths, layers[n, d].Output(steps), Width, side, OutputWidth, accumulate: false);
                }
            }
            if (key is { } mask && thinned[n] is { } entry)
            {
                DeviceSlice<float> h = LayerOutput(n, steps);
                Drop(h, memory.Reserve[entry].Slice(0, h.Length), DropoutOf(n), OutputWidth, mask with { Site = DropoutSite.Of(DropoutSite.LayerOutput, n) });
            }
        }
        return Output(steps);
    }

    /// <summary>Backward from <see cref="DOutput"/> and <see cref="DState"/>, after a forward of the same steps, lengths and key.</summary>
    /// <param name="x">The stack's input, [T,B,I].</param>
    /// <param name="dX">[T,B,I], or the default where nobody asks.</param>
    /// <param name="dOutputElsewhere">[T,B,D·P] to read in place of <see cref="DOutput"/>; not with a penalty, which would change it.</param>
    public void Backward(
        int steps, DeviceSlice<float> x, DeviceSlice<float> dX, DeviceSlice<int> lengths, DropoutKey? key, DeviceSlice<float> dOutputElsewhere = default)
    {
        for (int n = Layers - 1; n >= 0; n--)
        {
            int from = (Layers - 1 - n) % 2;
            DeviceSlice<float> dOutput = n == Layers - 1 && !dOutputElsewhere.IsEmpty ? dOutputElsewhere : Buffer(gradients[from], steps, OutputWidth);
            if (n == Layers - 1)
            {
                Penalise(steps, Output(steps), options.ActivationPenalty, 0, dOutput, lengths);
            }
            if (key is { } mask && thinned[n] is not null)
            {
                DeviceSlice<float> undropped = dOutput;
                dOutput = Buffer(gradients[from], steps, OutputWidth);
                Drop(undropped, dOutput, DropoutOf(n), OutputWidth, mask with { Site = DropoutSite.Of(DropoutSite.LayerOutput, n) });
            }
            if (n == Layers - 1)
            {
                Penalise(steps, LayerOutput(n, steps), 0, options.TemporalPenalty, dOutput, lengths);
            }
            DeviceSlice<float> below = Below(n, x, steps, key);
            DeviceSlice<float> dBelow = n == 0 ? dX : Buffer(gradients[1 - from], steps, OutputWidth);
            for (int d = 0; d < Directions; d++)
            {
                BackwardLayer(n, d, steps, below, dOutput, dBelow, lengths, key);
            }
        }
        if (key is { } drawn && thinnedInput is not null && !dX.IsEmpty)
        {
            Drop(dX, dX, options.InputDropout, input, drawn with { Site = DropoutSite.Of(DropoutSite.Input, 0) });
        }
    }

    /// <summary>The state after the window becomes the state before the next.</summary>
    public void Carry(int steps)
    {
        foreach (RecurrentLayer layer in layers)
        {
            layer.Carry(steps);
        }
    }

    public void ResetState()
    {
        foreach (RecurrentLayer layer in layers)
        {
            (DeviceSlice<float> h, DeviceSlice<float> c) = layer.InitialState;
            backend.Fill(h, 0);
            if (!c.IsEmpty)
            {
                backend.Fill(c, 0);
            }
        }
    }

    public void ResetStateGradients()
    {
        (DeviceSlice<float> h, DeviceSlice<float> c) = DState;
        backend.Fill(h, 0);
        if (!c.IsEmpty)
        {
            backend.Fill(c, 0);
        }
    }

    /// <summary>h and c (empty where the cell has none) of a layer and direction before the next window.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) State(int layer, int direction = 0) => layers[layer, direction].InitialState;

    /// <summary>h and c after the last step of each row, in the order of PyTorch's [L·D,B,·].</summary>
    public void LastState(int steps, DeviceSlice<int> lengths, DeviceSlice<float> h, DeviceSlice<float> c)
    {
        for (int n = 0; n < Layers; n++)
        {
            for (int d = 0; d < Directions; d++)
            {
                long place = (n * Directions) + d;
                DeviceSlice<float> toH = h.Slice(place * batch * Width, (long)batch * Width);
                DeviceSlice<float> toC = c.IsEmpty ? default : c.Slice(place * batch * Hidden, (long)batch * Hidden);
                if (lengths.IsEmpty)
                {
                    (DeviceSlice<float> lastH, DeviceSlice<float> lastC) = layers[n, d].StateAt(steps);
                    backend.Copy(lastH, toH);
                    if (!toC.IsEmpty)
                    {
                        backend.Copy(lastC, toC);
                    }
                }
                else
                {
                    layers[n, d].LastState(steps, lengths, toH, toC);
                }
            }
        }
    }

    private void BackwardLayer(
        int n, int d, int steps, DeviceSlice<float> below, DeviceSlice<float> dOutput, DeviceSlice<float> dBelow, DeviceSlice<int> lengths, DropoutKey? key)
    {
        DeviceSlice<float> dHidden = dOutput;
        if (Directions == 2)
        {
            DeviceSlice<float> side = dOutput.Slice((long)d * Width, dOutput.Length - ((long)d * Width));
            dHidden = Buffer(dJoined[0], steps, Width);
            backend.CopySequence(steps, batch, Width, reverse: d == 1, lengths, side, OutputWidth, dHidden, Width, accumulate: false);
        }
        int width = InputOf(n);
        DeviceSlice<float> x = d == 0 ? below : Reversed(below, width, steps, lengths);
        DeviceSlice<float> dInput = d == 0 || dBelow.IsEmpty ? dBelow : Buffer(dReversedBelow!, steps, width);
        long place = (n * Directions) + d;
        (DeviceSlice<float> h, DeviceSlice<float> c) = DState;
        layers[n, d].Backward(
            steps,
            x,
            dHidden,
            dInput,
            h.Slice(place * batch * Width, (long)batch * Width),
            c.IsEmpty ? default : c.Slice(place * batch * Hidden, (long)batch * Hidden),
            lengths,
            Scratch,
            key);
        if (d == 1 && !dBelow.IsEmpty)
        {
            backend.CopySequence(steps, batch, width, reverse: true, lengths, dInput, width, dBelow, width, accumulate: true);
        }
    }

    private void Penalise(int steps, DeviceSlice<float> h, float alpha, float beta, DeviceSlice<float> dOutput, DeviceSlice<int> lengths)
    {
        if (alpha > 0 || beta > 0)
        {
            backend.ActivationPenalty(steps, batch, OutputWidth, lengths, h, alpha * GradientScale, beta * GradientScale, dOutput, memory.Workspace[penalty!]);
        }
    }

    private DeviceSlice<float> Scratch => scratch is null ? default : memory.Workspace[scratch];

    private int InputOf(int layer) => layer == 0 ? input : OutputWidth;

    private float DropoutOf(int layer) => layer < Layers - 1 ? options.Dropout : options.OutputDropout;

    // What a layer reads: the stack's input or the output of the layer below, thinned where dropout is on.
    private DeviceSlice<float> Below(int layer, DeviceSlice<float> x, int steps, DropoutKey? key) =>
        layer > 0 ? Above(layer - 1, steps, key)
        : key is not null && thinnedInput is not null ? memory.Reserve[thinnedInput].Slice(0, x.Length)
        : x;

    private DeviceSlice<float> Above(int layer, int steps, DropoutKey? key) =>
        key is not null && thinned[layer] is { } entry ? memory.Reserve[entry].Slice(0, Elements(steps, OutputWidth)) : LayerOutput(layer, steps);

    private DeviceSlice<float> Reversed(DeviceSlice<float> x, int width, int steps, DeviceSlice<int> lengths)
    {
        DeviceSlice<float> reversed = memory.Workspace[reversedBelow!].Slice(0, Elements(steps, width));
        backend.CopySequence(steps, batch, width, reverse: true, lengths, x, width, reversed, width, accumulate: false);
        return reversed;
    }

    private void Drop(DeviceSlice<float> x, DeviceSlice<float> y, float probability, int width, DropoutKey key) =>
        backend.Dropout(x, y, probability, key, period: options.Variational ? (long)batch * width : 0);

    private long Elements(int steps, int width) => (long)steps * batch * width;

    private ArenaEntry Gradient(string name, int width) => memory.WorkspaceLayout.Add(name, steps, batch, width);

    private DeviceSlice<float> Buffer(ArenaEntry entry, int steps, int width) => memory.Workspace[entry].Slice(0, Elements(steps, width));
}
