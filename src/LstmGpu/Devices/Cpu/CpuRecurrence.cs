namespace LstmGpu.Devices.Cpu;

/// <summary>
/// Any cell with any options over a window: one product with the input over all steps, the walk over the steps, then products of whole windows for
/// the gradients.
/// </summary>
internal sealed unsafe class CpuRecurrence<S, V> : IDisposable where S : struct, ISimd<V> where V : unmanaged
{
    private readonly CpuThreadTeam team;
    private readonly CpuGemm<S, V> gemm;
    private readonly CpuBuffer[] scratch;
    private readonly PackTask pack;
    private readonly RecurrentForward<S, V> forward;
    private readonly RecurrentBackward<S, V> backward;

    public CpuRecurrence(CpuThreadTeam team, CpuGemm<S, V> gemm)
    {
        this.team = team;
        this.gemm = gemm;
        scratch = new CpuBuffer[team.Count];
        for (int n = 0; n < scratch.Length; n++)
        {
            scratch[n] = new CpuBuffer("recurrent sums", sizeof(float) * StepProduct<S, V>.ScratchLength);
        }
        pack = new PackTask(team);
        forward = new RecurrentForward<S, V>(team, scratch);
        backward = new RecurrentBackward<S, V>(team, scratch);
    }

    public long Bytes => scratch.Sum(s => s.Bytes);

    public void Pack(RecurrentShape shape, CellOptions options, in RecurrentWeights weights, DeviceSlice<float> packed)
    {
        pack.Shape = shape;
        pack.Options = options;
        pack.Weights = weights;
        pack.Packed = packed.Pointer();
        team.Run(pack);
    }

    public void Forward(in RecurrentCall call, DeviceSlice<float> x)
    {
        RecurrentShape shape = call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, call.Options, call.Packed);
        // The input part before activation: of padded steps too, whatever x holds there; the walk puts zeros over it.
        gemm.RunPacked(shape.Rows, shape.GateWidth, shape.I, x.Pointer(), panels.InputForward, panels.InputBias, call.DInputGates);
        forward.Set(call, SharesRows(shape));
        team.Run(forward);
    }

    public void Backward(in RecurrentCall call, DeviceSlice<float> x, in RecurrentGradients gradients)
    {
        RecurrentShape shape = call.Shape;
        call.Workspace.ClearSums();
        backward.Set(call, SharesRows(shape));
        int chunk = CpuLstm<S, V>.StepsInCache(shape.T, shape.B, shape.GateWidth);
        for (int end = shape.T; end > 0; end -= chunk)
        {
            int begin = Math.Max(0, end - chunk);
            backward.Steps(begin, end);
            team.Run(backward);
            WeightGradients(call, begin, end - begin, x, gradients);
        }
        AddSums(call, gradients.Weights);
    }

    public void Dispose()
    {
        foreach (CpuBuffer buffer in scratch)
        {
            buffer.Dispose();
        }
    }

    // Batch rows need no hand-over between phases; each core then reads all recurrent weights every step.
    private bool SharesRows(RecurrentShape shape)
    {
        long weights = (long)shape.GateWidth * shape.P + (shape.HasProjection ? (long)shape.P * shape.H : 0);
        return shape.B >= 2 * team.Count && sizeof(float) * weights <= CpuLstm<S, V>.WeightsInL2;
    }

    private void WeightGradients(in RecurrentCall call, int begin, int steps, DeviceSlice<float> x, in RecurrentGradients gradients)
    {
        RecurrentShape shape = call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, call.Options, call.Packed);
        int width = shape.GateWidth;
        int rows = steps * shape.B;
        long firstRow = call.Row(begin, 0);
        float* dHidden = call.DHiddenGates + firstRow * width;
        float* dInput = call.DInputGates + firstRow * width;
        float* dWeightHh = gradients.Weights.WeightHh.Pointer();
        bool resets = shape.Cell == CellKind.GruResetBefore;
        gemm.RunGradient(resets ? panels.FirstRows : width, shape.P, rows, dHidden, width, call.StepInput(begin), dWeightHh, default);
        if (resets)
        {
            float* dLast = dWeightHh + (long)panels.FirstRows * shape.P;
            gemm.RunGradient(shape.H, shape.P, rows, dHidden + panels.FirstRows, width, call.ResetHidden + firstRow * shape.H, dLast, default);
        }
        if (shape.HasProjection)
        {
            float* dProjected = call.Workspace.DProjected + firstRow * shape.P;
            float* unprojected = call.Unprojected + firstRow * shape.H;
            gemm.RunGradient(shape.P, shape.H, rows, dProjected, shape.P, unprojected, gradients.Weights.WeightHr.Pointer(), default);
        }
        StepPadding padding = new(call.Lengths, shape.B, begin);
        gemm.RunGradient(width, shape.I, rows, dInput, width, x.Pointer() + firstRow * shape.I, gradients.Weights.WeightIh.Pointer(), padding);
        if (!gradients.DX.IsEmpty)
        {
            gemm.RunPacked(rows, shape.I, width, dInput, panels.InputBackward, null, gradients.DX.Pointer() + firstRow * shape.I);
        }
    }

    private static void AddSums(in RecurrentCall call, in RecurrentWeights gradients)
    {
        int rows = call.Shape.B;
        int hidden = call.Shape.H;
        RecurrentWorkspace sums = call.Workspace;
        if (call.Options.Peephole)
        {
            Add(sums.Peephole, rows, 3 * hidden, gradients.Peephole);
        }
        if (call.Options.LayerNorm)
        {
            Add(sums.NormIh, rows, call.Shape.GateWidth, gradients.NormIh);
            Add(sums.NormHh, rows, call.Shape.GateWidth, gradients.NormHh);
            Add(sums.NormCell, rows, hidden, gradients.NormCell);
            Add(sums.NormCellBias, rows, hidden, gradients.NormCellBias);
        }
    }

    private static void Add(float* sums, int rows, int width, DeviceSlice<float> gradient) =>
        CpuReductions<S, V>.AddColumnSums(sums, rows, width, 0, width, gradient.Pointer(), null);

    private sealed class PackTask(CpuThreadTeam team) : ITeamTask
    {
        public RecurrentShape Shape;
        public CellOptions Options;
        public RecurrentWeights Weights;
        public float* Packed;

        public void Run(int member) => new RecurrentPanels<S, V>(Shape, Options, Packed).Pack(Weights, member, team.Count);
    }
}
