namespace LstmGpu.Devices.Cpu;

/// <summary>What one call of the general recurrence works on, as addresses: null where the options do not ask for it.</summary>
internal unsafe struct RecurrentCall
{
    public RecurrentShape Shape;
    public CellOptions Options;
    public float* Packed;
    public int* Lengths;

    // RecurrentWeights that the pointwise part reads
    public float* Peephole, NormIh, NormHh, NormCell, NormCellBias;

    // RecurrentReserve
    public float* Hidden, Cell, Gates, HiddenGates, HiddenInput, ResetHidden, Unprojected, InputNorm, CellNorm, NormScales;

    // RecurrentMasks
    public float* HiddenMask, CandidateMask, ZoneoutHidden, ZoneoutCell;

    // RecurrentGradients
    public float* DHidden, DStateH, DStateC, DBiasIh, DBiasHh;

    public RecurrentWorkspace Workspace;

    public RecurrentCall(
        RecurrentShape shape,
        CellOptions options,
        in RecurrentWeights weights,
        DeviceSlice<float> packed,
        in RecurrentReserve reserve,
        in RecurrentMasks masks,
        DeviceSlice<float> workspace,
        DeviceSlice<int> lengths)
    {
        Shape = shape;
        Options = options;
        Packed = packed.Pointer();
        Lengths = lengths.Pointer();
        Peephole = options.Peephole ? weights.Peephole.Pointer() : null;
        NormIh = weights.NormIh.Pointer();
        NormHh = weights.NormHh.Pointer();
        NormCell = weights.NormCell.Pointer();
        NormCellBias = weights.NormCellBias.Pointer();
        Hidden = reserve.Hidden.Pointer();
        Cell = reserve.Cell.Pointer();
        Gates = reserve.Gates.Pointer();
        HiddenGates = shape.SeparatesHidden(options) ? reserve.HiddenGates.Pointer() : null;
        HiddenInput = masks.Hidden.IsEmpty ? null : reserve.HiddenInput.Pointer();
        ResetHidden = shape.Cell == CellKind.GruResetBefore ? reserve.ResetHidden.Pointer() : null;
        Unprojected = shape.HasProjection ? reserve.Unprojected.Pointer() : null;
        InputNorm = options.LayerNorm ? reserve.InputNorm.Pointer() : null;
        CellNorm = options.LayerNorm ? reserve.CellNorm.Pointer() : null;
        NormScales = options.LayerNorm ? reserve.NormScales.Pointer() : null;
        HiddenMask = masks.Hidden.Pointer();
        CandidateMask = masks.Candidate.Pointer();
        ZoneoutHidden = masks.ZoneoutHidden.Pointer();
        ZoneoutCell = masks.ZoneoutCell.Pointer();
        Workspace = new(shape, options, workspace.Pointer());
    }

    public readonly long StateLength => (long)Shape.B * Shape.P;

    public readonly bool IsPadded(int t, int row) => Lengths != null && t >= Lengths[row];

    /// <summary>Row of a [T,B] matrix.</summary>
    public readonly long Row(int t, int row) => (long)t * Shape.B + row;

    /// <summary>What a step multiplies by W_hh: h', or h'∘mask.</summary>
    public readonly float* StepInput(int t) => (HiddenInput == null ? Hidden : HiddenInput) + t * StateLength;

    /// <summary>Gradients of W_hh·h'.</summary>
    public readonly float* DHiddenGates => HiddenGates == null ? Gates : HiddenGates;

    /// <summary>Gradients of W_ih·x.</summary>
    public readonly float* DInputGates => InputNorm == null ? Gates : InputNorm;
}
