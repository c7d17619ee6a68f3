using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// One layer's weights in the four forms that the passes multiply by, side by side in one buffer:
/// W_ihᵀ [I,4H] for the input product, W_hhᵀ [H,4H] with a panel holding i, f, g, o of the same units, so that one register tile completes a cell,
/// W_hh [4H,H] for the gradient of the state, W_ih [4H,I] for the gradient of the input; then b_ih + b_hh [4H].
/// Where a step takes its input product along (inputByUnits), W_ihᵀ stands in panels of units too.
/// </summary>
internal readonly unsafe ref struct LstmPanels<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private readonly LstmShape shape;
    private readonly float* start;
    private readonly bool inputByUnits;

    public LstmPanels(LstmShape shape, float* start, bool inputByUnits)
    {
        this.shape = shape;
        this.start = start;
        this.inputByUnits = inputByUnits;
    }

    public float* InputForward => start;

    // Panels of units are the wider of the two forms.
    public float* StateForward => InputForward + UnitLength(shape.I);

    public float* StateBackward => StateForward + UnitLength(shape.H);

    public float* InputBackward => StateBackward + CpuGemm<S, V>.PackedLength(shape.GateWidth, shape.H);

    public float* Bias => InputBackward + CpuGemm<S, V>.PackedLength(shape.GateWidth, shape.I);

    /// <summary>Floats of the whole.</summary>
    public static long Length(LstmShape shape) => new LstmPanels<S, V>(shape, null, false).End - (float*)null;

    private float* End => Bias + shape.GateWidth;

    /// <summary>Panels of the state product, each a vector of units wide.</summary>
    public static int UnitPanels(int hidden) => (hidden + S.Count - 1) / S.Count;

    /// <summary>The gates of one vector of units: [H][i f g o][lanes].</summary>
    public float* StatePanel(int panel) => StateForward + (long)panel * shape.H * Gate.Count * S.Count;

    /// <summary>The same of the input weights: [I][i f g o][lanes].</summary>
    public float* InputPanel(int panel) => InputForward + (long)panel * shape.I * Gate.Count * S.Count;

    /// <summary>One member's share of the packing.</summary>
    public void Pack(float* weightIh, float* weightHh, float* biasIh, float* biasHh, int member, int members)
    {
        if (!inputByUnits)
        {
            CpuGemm<S, V>.Pack(weightIh, shape.I, transposed: true, shape.I, shape.GateWidth, InputForward, member, members);
        }
        CpuGemm<S, V>.Pack(weightHh, shape.H, transposed: false, shape.GateWidth, shape.H, StateBackward, member, members);
        CpuGemm<S, V>.Pack(weightIh, shape.I, transposed: false, shape.GateWidth, shape.I, InputBackward, member, members);
        (int from, int to) = CpuGemm<S, V>.Share(UnitPanels(shape.H), member, members);
        for (int panel = from; panel < to; panel++)
        {
            PackUnits(weightHh, shape.H, panel, StatePanel(panel));
            if (inputByUnits)
            {
                PackUnits(weightIh, shape.I, panel, InputPanel(panel));
            }
        }
        (from, to) = CpuGemm<S, V>.Share(shape.GateWidth, member, members);
        for (int n = from; n < to; n++)
        {
            Bias[n] = biasIh == null ? 0 : biasIh[n] + biasHh[n];
        }
    }

    private long UnitLength(int depth) => (long)UnitPanels(shape.H) * depth * Gate.Count * S.Count;

    // Rows of a [4H, depth] matrix that belong to one vector of units, as [depth][i f g o][lanes].
    private void PackUnits(float* weight, int depth, int panel, float* to)
    {
        int unit = panel * S.Count;
        int valid = Math.Min(S.Count, shape.H - unit);
        int width = Gate.Count * S.Count;
        for (int gate = 0; gate < Gate.Count; gate++, to += S.Count)
        {
            Transpose.Run(weight + ((long)gate * shape.H + unit) * depth, depth, valid, depth, to, width);
            for (int k = 0; valid < S.Count && k < depth; k++)
            {
                new Span<float>(to + (long)k * width + valid, S.Count - valid).Clear();
            }
        }
    }
}
