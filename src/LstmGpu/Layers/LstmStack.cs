using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>L LSTM layers, each reading the one below; dropout on the way up, never on the recurrence (Zaremba et al. 2014; PyTorch's nn.LSTM).</summary>
internal sealed class LstmStack
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly LstmShape largest;
    private readonly LstmLayer[] layers;
    private readonly float[] dropouts;
    private readonly ArenaEntry?[] dropped;
    private readonly ArenaEntry? scratch;
    private readonly ArenaEntry[] gradientBuffers = [];
    private readonly ArenaEntry? dStateH, dStateC;
    private bool masked;

    /// <param name="largest">The first layer's longest window.</param>
    /// <param name="dropout">On the output of every layer but the last.</param>
    /// <param name="outputDropout">On the output of the last.</param>
    public LstmStack(IBackend backend, ModelMemory memory, string prefix, LstmShape largest, int count, double dropout, double outputDropout)
    {
        this.backend = backend;
        this.memory = memory;
        this.largest = largest;
        layers = new LstmLayer[count];
        dropouts = new float[count];
        dropped = new ArenaEntry?[count];
        long scratchBytes = 0;
        for (int n = 0; n < count; n++)
        {
            LstmShape shape = n == 0 ? largest : largest with { I = largest.H };
            layers[n] = new LstmLayer(backend, memory, prefix, n, shape);
            dropouts[n] = (float)(n < count - 1 ? dropout : outputDropout);
            if (dropouts[n] > 0 && memory.Training)
            {
                dropped[n] = memory.ReserveLayout.Add($"dropped_l{n}", largest.T, largest.B, largest.H);
            }
            scratchBytes = Math.Max(scratchBytes, backend.LstmWorkspaceBytes(shape));
        }
        if (memory.Training)
        {
            scratch = memory.WorkspaceLayout.Add("lstm scratch", scratchBytes / sizeof(float));
            gradientBuffers = [Gradient("d_output"), Gradient("d_below")];
            dStateH = memory.WorkspaceLayout.Add("d_state_h", largest.B, largest.H);
            dStateC = memory.WorkspaceLayout.Add("d_state_c", largest.B, largest.H);
        }
    }

    public int Count => layers.Length;

    /// <summary>Where the layer above puts the gradient of the stack's output, [T,B,H].</summary>
    public DeviceSlice<float> DOutput(int steps) => GradientBuffer(0, steps);

    /// <summary>What the last forward of the stack returned, [T,B,H].</summary>
    public DeviceSlice<float> Output(int steps) => masked && dropped[^1] is not null ? Input(layers.Length, steps) : layers[^1].Output(steps);

    /// <summary>Must follow every change of the weights.</summary>
    public void Pack()
    {
        foreach (LstmLayer layer in layers)
        {
            layer.Pack();
        }
    }

    public void Initialise(Initialiser init, double? forgetBias)
    {
        foreach (LstmLayer layer in layers)
        {
            layer.Initialise(init, forgetBias);
        }
    }

    /// <summary>Returns the output, [T,B,H].</summary>
    /// <param name="mask">Seed and step of the dropout masks; null evaluates without dropout.</param>
    public DeviceSlice<float> Forward(int steps, DeviceSlice<float> x, DropoutKey? mask)
    {
        masked = mask is not null;
        for (int n = 0; n < layers.Length; n++)
        {
            layers[n].Forward(steps, x);
            x = layers[n].Output(steps);
            if (mask is { } key && dropped[n] is { } entry)
            {
                DeviceSlice<float> kept = memory.Reserve[entry].Slice(0, x.Length);
                backend.Dropout(x, kept, dropouts[n], key with { Site = (uint)n });
                x = kept;
            }
        }
        return x;
    }

    /// <summary>Backward from <see cref="DOutput"/>, after a forward of the same steps and mask.</summary>
    /// <param name="x">The stack's input, [T,B,I].</param>
    /// <param name="dX">[T,B,I], or the default where nobody asks.</param>
    public void Backward(int steps, DeviceSlice<float> x, DeviceSlice<float> dX, DropoutKey mask)
    {
        for (int n = layers.Length - 1; n >= 0; n--)
        {
            int from = (layers.Length - 1 - n) % 2;
            DeviceSlice<float> dOutput = GradientBuffer(from, steps);
            if (dropped[n] is not null)
            {
                backend.Dropout(dOutput, dOutput, dropouts[n], mask with { Site = (uint)n });
            }
            DeviceSlice<float> input = n == 0 ? x : Input(n, steps);
            DeviceSlice<float> dInput = n == 0 ? dX : GradientBuffer(1 - from, steps);
            backend.Fill(memory.Workspace[dStateH!], 0);
            backend.Fill(memory.Workspace[dStateC!], 0);
            layers[n].Backward(steps, input, dOutput, dInput, memory.Workspace[dStateH!], memory.Workspace[dStateC!], memory.Workspace[scratch!]);
        }
    }

    /// <summary>The state after the window becomes the state before the next.</summary>
    public void Carry(int steps)
    {
        foreach (LstmLayer layer in layers)
        {
            layer.Carry(steps);
        }
    }

    public void ResetState()
    {
        foreach (LstmLayer layer in layers)
        {
            backend.Fill(layer.InitialState.H, 0);
            backend.Fill(layer.InitialState.C, 0);
        }
    }

    /// <summary>h and c of a layer before the next window.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) State(int layer) => layers[layer].InitialState;

    // What a layer reads: the output of the one below, thinned where dropout is on.
    private DeviceSlice<float> Input(int layer, int steps) => dropped[layer - 1] is { } entry
        ? memory.Reserve[entry].Slice(0, (long)steps * largest.B * largest.H)
        : layers[layer - 1].Output(steps);

    private ArenaEntry Gradient(string name) => memory.WorkspaceLayout.Add(name, largest.T, largest.B, largest.H);

    private DeviceSlice<float> GradientBuffer(int index, int steps) => memory.Workspace[gradientBuffers[index]].Slice(0, (long)steps * largest.B * largest.H);
}
