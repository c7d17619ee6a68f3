namespace LstmGpu.Devices.Cpu;

/// <summary>
/// Weights of the general recurrence in panels, side by side in one buffer. Where a GRU's candidate has a product of its own, W_hh is two
/// matrices: the first blocks (r, z) and the last (n); elsewhere the first are all.
/// </summary>
internal readonly unsafe ref struct RecurrentPanels<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private readonly RecurrentShape shape;
    private readonly bool normed;
    private readonly float* start;

    public RecurrentPanels(RecurrentShape shape, CellOptions options, float* start)
    {
        this.shape = shape;
        normed = options.LayerNorm;
        this.start = start;
    }

    /// <summary>Rows of W_hh in the first matrix.</summary>
    public int FirstRows => shape.Cell is CellKind.Gru or CellKind.GruResetBefore ? 2 * shape.H : shape.GateWidth;

    private int LastRows => shape.GateWidth - FirstRows;

    /// <summary>W_ihᵀ [I,GH].</summary>
    public float* InputForward => start;

    /// <summary>W_ih [GH,I].</summary>
    public float* InputBackward => InputForward + CpuGemm<S, V>.PackedLength(shape.I, shape.GateWidth);

    /// <summary>W_hhᵀ [P,FirstRows].</summary>
    public float* StateForward => InputBackward + CpuGemm<S, V>.PackedLength(shape.GateWidth, shape.I);

    /// <summary>W_hhᵀ [P,LastRows].</summary>
    public float* LastForward => StateForward + CpuGemm<S, V>.PackedLength(shape.P, FirstRows);

    /// <summary>W_hh [FirstRows,P].</summary>
    public float* StateBackward => LastForward + CpuGemm<S, V>.PackedLength(shape.P, LastRows);

    /// <summary>W_hh [LastRows,P].</summary>
    public float* LastBackward => StateBackward + CpuGemm<S, V>.PackedLength(FirstRows, shape.P);

    /// <summary>W_hrᵀ [H,P].</summary>
    public float* ProjectForward => LastBackward + CpuGemm<S, V>.PackedLength(LastRows, shape.P);

    /// <summary>W_hr [P,H].</summary>
    public float* ProjectBackward => ProjectForward + (shape.HasProjection ? CpuGemm<S, V>.PackedLength(shape.H, shape.P) : 0);

    /// <summary>[GH] what is added to the gates: b_ih + b_hh, but for the part of b_hh that r multiplies.</summary>
    public float* Bias => ProjectBackward + (shape.HasProjection ? CpuGemm<S, V>.PackedLength(shape.P, shape.H) : 0);

    /// <summary>[H] that part.</summary>
    public float* LastBias => Bias + shape.GateWidth;

    /// <summary>What starts the input product: with layer normalisation the bias comes after it.</summary>
    public float* InputBias => normed ? null : Bias;

    /// <summary>Floats of the whole; the last is read in whole vectors.</summary>
    public static long Length(RecurrentShape shape) =>
        new RecurrentPanels<S, V>(shape, default, null).LastBias + shape.H + MicroKernel<S, V>.PanelWidth - (float*)null;

    /// <summary>One member's share of the packing.</summary>
    public void Pack(in RecurrentWeights weights, int member, int members)
    {
        float* weightIh = weights.WeightIh.Pointer();
        float* weightHh = weights.WeightHh.Pointer();
        float* last = weightHh + (long)FirstRows * shape.P;
        CpuGemm<S, V>.Pack(weightIh, shape.I, transposed: true, shape.I, shape.GateWidth, InputForward, member, members);
        CpuGemm<S, V>.Pack(weightIh, shape.I, transposed: false, shape.GateWidth, shape.I, InputBackward, member, members);
        CpuGemm<S, V>.Pack(weightHh, shape.P, transposed: true, shape.P, FirstRows, StateForward, member, members);
        CpuGemm<S, V>.Pack(weightHh, shape.P, transposed: false, FirstRows, shape.P, StateBackward, member, members);
        CpuGemm<S, V>.Pack(last, shape.P, transposed: true, shape.P, LastRows, LastForward, member, members);
        CpuGemm<S, V>.Pack(last, shape.P, transposed: false, LastRows, shape.P, LastBackward, member, members);
        if (shape.HasProjection)
        {
            float* weightHr = weights.WeightHr.Pointer();
            CpuGemm<S, V>.Pack(weightHr, shape.H, transposed: true, shape.H, shape.P, ProjectForward, member, members);
            CpuGemm<S, V>.Pack(weightHr, shape.H, transposed: false, shape.P, shape.H, ProjectBackward, member, members);
        }
        (int from, int to) = CpuGemm<S, V>.Share(shape.GateWidth, member, members);
        PackBiases(weights.BiasIh.Pointer(), weights.BiasHh.Pointer(), from, to);
    }

    private void PackBiases(float* biasIh, float* biasHh, int from, int to)
    {
        for (int n = from; n < to; n++)
        {
            float input = biasIh == null ? 0 : biasIh[n];
            float hidden = biasHh == null ? 0 : biasHh[n];
            bool apart = shape.Cell == CellKind.Gru && n >= FirstRows;
            Bias[n] = apart ? input : input + hidden;
            if (apart)
            {
                LastBias[n - FirstRows] = hidden;
            }
        }
    }
}
