using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>One recurrent layer in one direction, with its state history; it always runs forward in time. Parameters are named as PyTorch names them.</summary>
internal sealed class RecurrentLayer
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly RecurrentShape largest;
    private readonly StackOptions options;
    private readonly LayerParameters parameters;
    private readonly LayerReserve reserve;
    private readonly LayerMasks masks;
    private readonly WeightDrop? weightDrop;
    private readonly ArenaEntry packed;

    /// <param name="prefix">Name of the stack, such as <c>lstm</c>; the empty string for bare PyTorch names.</param>
    /// <param name="index">Place in the stack, from 0.</param>
    /// <param name="reverse">Whether this is the second direction: for the names, and to keep the masks apart.</param>
    /// <param name="largest">The longest window; every call has its batch and at most its steps.</param>
    public RecurrentLayer(IBackend backend, ModelMemory memory, string prefix, int index, bool reverse, RecurrentShape largest, StackOptions options)
    {
        (this.backend, this.memory, this.largest, this.options) = (backend, memory, largest, options);
        string suffix = $"_l{index}{(reverse ? "_reverse" : "")}";
        int place = (2 * index) + (reverse ? 1 : 0);
        parameters = new LayerParameters(memory, prefix.Length == 0 ? "" : prefix + ".", suffix, largest, options);
        reserve = new LayerReserve(memory, suffix, largest, options);
        masks = new LayerMasks(backend, memory, suffix, place, largest, options);
        weightDrop = options.WeightDrop > 0 && memory.Training ? new WeightDrop(backend, memory, suffix, place, largest, options.WeightDrop) : null;
        long bytes = options.IsPlainLstm ? backend.LstmPackedBytes(largest.AsLstm()) : backend.RecurrentPackedBytes(largest, options.CellOptions);
        packed = memory.PackedLayout.Add($"packed{suffix}", bytes / sizeof(float));
    }

    /// <summary>Bytes of scratch that <see cref="Forward"/> and <see cref="Backward"/> need.</summary>
    public long ScratchBytes => options.IsPlainLstm ? backend.LstmWorkspaceBytes(largest.AsLstm()) : backend.RecurrentWorkspaceBytes(largest, options.CellOptions);

    private long HiddenLength => (long)largest.B * largest.P;

    private long CellLength => largest.HasCellState ? (long)largest.B * largest.H : 0;

    /// <summary>h after each step, [T,B,P]; 0 at padded steps.</summary>
    public DeviceSlice<float> Output(int steps) => memory.Reserve[reserve.Hidden].Slice(HiddenLength, steps * HiddenLength);

    /// <summary>The activated gates of the last forward, [T,B,G·H].</summary>
    public DeviceSlice<float> Gates(int steps) => memory.Reserve[reserve.Gates].Slice(0, (long)steps * largest.B * largest.GateWidth);

    /// <summary>c before the first and after each step of the last forward, [T+1,B,H]; empty where the cell has none.</summary>
    public DeviceSlice<float> Cells(int steps) => reserve.Cell is null ? default : memory.Reserve[reserve.Cell].Slice(0, (steps + 1) * CellLength);

    /// <summary>h [B,P] and c [B,H] before the first step; c is empty where the cell has none.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) InitialState => StateAt(0);

    /// <summary>h and c after so many steps.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) StateAt(int steps) => (
        memory.Reserve[reserve.Hidden].Slice(steps * HiddenLength, HiddenLength),
        reserve.Cell is null ? default : memory.Reserve[reserve.Cell].Slice(steps * CellLength, CellLength));

    /// <summary>Must follow every change of the weights.</summary>
    public void Pack() => Pack(parameters.Of(memory.Parameters));

    /// <param name="key">Seed and step of the masks; null evaluates without any.</param>
    public void Forward(int steps, DeviceSlice<float> x, DeviceSlice<int> lengths, DeviceSlice<float> scratch, DropoutKey? key)
    {
        RecurrentWeights weights = parameters.Of(memory.Parameters);
        if (weightDrop is not null)
        {
            weights = weights with { WeightHh = key is { } drawn ? weightDrop.Thin(weights.WeightHh, drawn) : weights.WeightHh };
            Pack(weights);
        }
        RecurrentShape shape = largest with { T = steps };
        RecurrentReserve kept = reserve.Of(memory.Reserve, withHiddenMask: key is not null);
        if (options.IsPlainLstm)
        {
            backend.LstmForward(shape.AsLstm(), x, Plain(weights), memory.Packed[packed], Plain(kept), lengths);
        }
        else
        {
            RecurrentMasks drawn = key is { } mask ? masks.Draw(steps, mask) : default;
            backend.RecurrentForward(shape, options.CellOptions, x, weights, memory.Packed[packed], kept, drawn, scratch, lengths);
        }
    }

    /// <param name="dOutput">[T,B,P].</param>
    /// <param name="dX">[T,B,I], or the default where nobody asks.</param>
    /// <param name="dStateH">[B,P], as dStateC [B,H]; in: gradients of the last state, out: of the first.</param>
    /// <param name="key">As forward had it; null where forward evaluated.</param>
    public void Backward(
        int steps,
        DeviceSlice<float> x,
        DeviceSlice<float> dOutput,
        DeviceSlice<float> dX,
        DeviceSlice<float> dStateH,
        DeviceSlice<float> dStateC,
        DeviceSlice<int> lengths,
        DeviceSlice<float> scratch,
        DropoutKey? key)
    {
        RecurrentWeights weights = parameters.Of(memory.Parameters);
        RecurrentWeights gradients = parameters.Of(memory.Gradients);
        DeviceSlice<float> dWeightHh = gradients.WeightHh;
        bool thinned = weightDrop is not null && key is not null;
        if (thinned)
        {
            weights = weights with { WeightHh = weightDrop!.Thinned };
            gradients = gradients with { WeightHh = weightDrop.ClearedGradient() };
        }
        RecurrentShape shape = largest with { T = steps };
        RecurrentReserve kept = reserve.Of(memory.Reserve, withHiddenMask: key is not null);
        if (options.IsPlainLstm)
        {
            var plain = new LstmGradients(
                dOutput, dX, gradients.WeightIh, gradients.WeightHh, gradients.BiasIh, gradients.BiasHh, dStateH, dStateC, scratch);
            backend.LstmBackward(shape.AsLstm(), x, Plain(weights), memory.Packed[packed], Plain(kept), plain, lengths);
        }
        else
        {
            var asked = new RecurrentGradients(gradients, dOutput, dX, dStateH, dStateC, scratch);
            RecurrentMasks drawn = key is null ? default : masks.Of(steps);
            backend.RecurrentBackward(shape, options.CellOptions, x, weights, memory.Packed[packed], kept, drawn, asked, lengths);
        }
        if (thinned)
        {
            weightDrop!.AddGradient(dWeightHh, key!.Value);
        }
    }

    /// <summary>The state after the window becomes the state before the next.</summary>
    public void Carry(int steps)
    {
        (DeviceSlice<float> h, DeviceSlice<float> c) = StateAt(steps);
        backend.Copy(h, InitialState.H);
        if (!c.IsEmpty)
        {
            backend.Copy(c, InitialState.C);
        }
    }

    /// <summary>The state after each row's own last step; c is carried through the padded steps.</summary>
    public void LastState(int steps, DeviceSlice<int> lengths, DeviceSlice<float> h, DeviceSlice<float> c)
    {
        backend.LastState(largest.B, largest.P, memory.Reserve[reserve.Hidden], lengths, h);
        if (!c.IsEmpty)
        {
            backend.Copy(StateAt(steps).C, c);
        }
    }

    /// <summary>PyTorch: every parameter from U(−1/√H, 1/√H); the gains of layer normalisation are 1.</summary>
    public void Initialise(Initialiser init, double? forgetBias) => parameters.Initialise(backend, memory.Parameters, init, largest, forgetBias);

    private static LstmWeights Plain(RecurrentWeights weights) => new(weights.WeightIh, weights.WeightHh, weights.BiasIh, weights.BiasHh);

    private static LstmReserve Plain(RecurrentReserve kept) => new(kept.Hidden, kept.Cell, kept.Gates);

    private void Pack(RecurrentWeights weights)
    {
        if (options.IsPlainLstm)
        {
            backend.LstmPack(largest.AsLstm(), Plain(weights), memory.Packed[packed]);
        }
        else
        {
            backend.RecurrentPack(largest, options.CellOptions, weights, memory.Packed[packed]);
        }
    }
}
