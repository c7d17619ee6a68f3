using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>What a layer keeps from forward to backward: the entries of <see cref="RecurrentReserve"/> that its options need.</summary>
internal sealed class LayerReserve
{
    private readonly ArenaEntry? hiddenGates, hiddenInput, resetHidden, unprojected, inputNorm, cellNorm, normScales;

    public LayerReserve(ModelMemory memory, string suffix, RecurrentShape shape, StackOptions options)
    {
        ArenaEntry? Add(bool wanted, string name, params long[] sizes) => wanted ? memory.ReserveLayout.Add(name + suffix, sizes) : null;
        bool norm = options.CellOptions.LayerNorm;
        Hidden = Add(true, "hidden", shape.T + 1, shape.B, shape.P)!;
        Cell = Add(shape.HasCellState, "cell", shape.T + 1, shape.B, shape.H);
        Gates = Add(true, "gates", shape.T, shape.B, shape.GateWidth)!;
        hiddenGates = Add(shape.SeparatesHidden(options.CellOptions), "hidden_gates", shape.T, shape.B, shape.GateWidth);
        hiddenInput = Add(options.HiddenDropout > 0 && memory.Training, "hidden_input", shape.T, shape.B, shape.P);
        resetHidden = Add(shape.Cell == CellKind.GruResetBefore, "reset_hidden", shape.T, shape.B, shape.H);
        unprojected = Add(shape.HasProjection, "unprojected", shape.T, shape.B, shape.H);
        inputNorm = Add(norm, "input_norm", shape.T, shape.B, shape.GateWidth);
        cellNorm = Add(norm, "cell_norm", shape.T, shape.B, shape.H);
        normScales = Add(norm, "norm_scales", 3, shape.T, shape.B);
    }

    /// <summary>[T+1,B,P].</summary>
    public ArenaEntry Hidden { get; }

    /// <summary>[T+1,B,H], or null where the cell has no c.</summary>
    public ArenaEntry? Cell { get; }

    /// <summary>[T,B,G·H].</summary>
    public ArenaEntry Gates { get; }

    public RecurrentReserve Of(Arena arena, bool withHiddenMask)
    {
        DeviceSlice<float> Slice(ArenaEntry? entry) => entry is null ? default : arena[entry];
        return new(
            arena[Hidden],
            Slice(Cell),
            arena[Gates],
            Slice(hiddenGates),
            withHiddenMask ? Slice(hiddenInput) : default,
            Slice(resetHidden),
            Slice(unprojected),
            Slice(inputNorm),
            Slice(cellNorm),
            Slice(normScales));
    }
}
