using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>
/// Recurrent layers outside the trainer: forward, backward, parameters and gradients by name, states explicit. T steps, B batch, I input, H hidden,
/// P outputs (H, or the projection), L layers, D directions. Equations: <see cref="LstmOptions"/>, <see cref="GruOptions"/>, <see cref="RnnOptions"/>.
/// </summary>
public abstract partial class Recurrent : IDisposable
{
    private readonly IBackend backend;
    private readonly RecurrentOptions options;
    private readonly StackOptions stackOptions;
    private readonly double? forgetBias;
    private Plan plan;
    private Pass? last;
    private bool stale = true;

    private protected Recurrent(Device device, RecurrentOptions options, StackOptions stackOptions, double? forgetBias = null)
    {
        RecurrentOptionsCheck.Require(options);
        (backend, this.options, this.stackOptions, this.forgetBias) = (device.Backend, options, stackOptions, forgetBias);
        plan = Plan.For(backend, options, stackOptions, steps: 1, batch: 1);
        Parameters = [.. plan.Memory.ParameterLayout.Entries.Select(Named)];
    }

    /// <summary>All parameters, layer by layer; zero until <see cref="Initialise"/> or <see cref="Parameter.Write"/>.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>PyTorch's initial values: every parameter from U(−1/√H, 1/√H).</summary>
    public void Initialise(long seed)
    {
        plan.Stack.Initialise(new Initialiser(backend, seed), forgetBias);
        stale = true;
    }

    /// <summary>Runs all layers over a batch of sequences.</summary>
    /// <param name="input">[T,B,I] or, batch first, [B,T,I].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="state">The state before the first step; null: zeros.</param>
    /// <param name="lengths">[B]: steps of each row, 0…T, in any order; empty: all T. What stands beyond does not matter.</param>
    /// <param name="masks">Draws dropout and zoneout masks: training. Null: evaluation.</param>
    /// <exception cref="ArgumentException">A size or length does not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public RecurrentOutput Forward(
        ReadOnlySpan<float> input, int steps, int batch, RecurrentState? state = null, ReadOnlySpan<int> lengths = default, DropoutMasks? masks = null)
    {
        Border border = new(options, stackOptions, steps, batch);
        border.RequireInput(input.Length);
        border.RequireState(state, nameof(state));
        border.RequireLengths(lengths);
        Prepare(steps, batch);
        DropoutKey? key = Key(masks);
        backend.Upload<float>(border.TimeMajor(input, options.InputSize), plan.Input(steps));
        last = new Pass(steps, batch, plan.SetLengths(backend, lengths), key, plan.Input(steps));
        plan.SetState(backend, state);
        DeviceSlice<float> output = plan.Stack.Forward(steps, plan.Input(steps), last.Lengths, key);
        float[] values = new float[output.Length];
        backend.Download(output, values);
        return new(border.AsGiven(values, plan.Stack.OutputWidth), plan.LastState(backend, last));
    }

    /// <summary>Gradients after a forward pass, of the same window: those of the parameters are added to what they hold.</summary>
    /// <param name="dOutput">Gradient of the output, in its shape; what stands beyond a row's length does not matter.</param>
    /// <param name="dState">Gradient of the state after the pass; null: zeros.</param>
    /// <exception cref="ArgumentException">A size does not fit; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    public RecurrentGradient Backward(ReadOnlySpan<float> dOutput, RecurrentState? dState = null)
    {
        Pass pass = last ?? throw Border.NoForwardPass();
        Border border = new(options, stackOptions, pass.Steps, pass.Batch);
        border.RequireOutput(dOutput.Length);
        border.RequireState(dState, nameof(dState));
        backend.Upload<float>(border.TimeMajor(dOutput, plan.Stack.OutputWidth), plan.Stack.DOutput(pass.Steps));
        plan.SetStateGradient(backend, dState);
        DeviceSlice<float> dInput = plan.DInput(pass.Steps);
        plan.Stack.Backward(pass.Steps, pass.Input, dInput, pass.Lengths, pass.Key);
        last = null;
        float[] values = new float[dInput.Length];
        backend.Download(dInput, values);
        return new(border.AsGiven(values, options.InputSize), plan.StateGradient(backend));
    }

    /// <summary>Output of one layer in the last forward pass, before dropout, in the shape of the whole output.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such layer.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass.</exception>
    public float[] LayerOutput(int layer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, options.Layers);
        Pass pass = last ?? throw new InvalidOperationException("the output of a layer is there between a forward pass and its backward pass");
        DeviceSlice<float> output = plan.Stack.LayerOutput(layer, pass.Steps);
        float[] values = new float[output.Length];
        backend.Download(output, values);
        return new Border(options, stackOptions, pass.Steps, pass.Batch).AsGiven(values, plan.Stack.OutputWidth);
    }

    /// <summary>Sets the gradients of all parameters to zero.</summary>
    public void ClearGradients() => backend.Fill(plan.Memory.Gradients.All, 0);

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        plan.Dispose();
        GC.SuppressFinalize(this);
    }

    private Parameter Named(ArenaEntry entry) => new(backend, entry, () => plan.Memory.Parameters, () => plan.Memory.Gradients, () => stale = true);

    private void Prepare(int steps, int batch)
    {
        Fit(steps, batch);
        if (stale)
        {
            plan.Stack.Pack();
            stale = false;
        }
    }

    private static DropoutKey? Key(DropoutMasks? masks) => masks is { } drawn ? new DropoutKey((ulong)drawn.Seed, (ulong)drawn.Step, Site: 0) : null;

    // Memory is planned for the longest window of one batch size so far; another batch, or a longer window, plans anew and takes the parameters along.
    private void Fit(int steps, int batch)
    {
        if (batch == plan.Batch && steps <= plan.Steps)
        {
            return;
        }
        Plan next = Plan.For(backend, options, stackOptions, batch == plan.Batch ? Math.Max(steps, plan.Steps) : steps, batch);
        backend.Copy(plan.Memory.Parameters.All, next.Memory.Parameters.All);
        backend.Copy(plan.Memory.Gradients.All, next.Memory.Gradients.All);
        plan.Dispose();
        plan = next;
        last = null;
        stale = true;
    }

    /// <summary>What backward must know of its forward pass.</summary>
    internal sealed record Pass(int Steps, int Batch, DeviceSlice<int> Lengths, DropoutKey? Key, DeviceSlice<float> Input);
}
