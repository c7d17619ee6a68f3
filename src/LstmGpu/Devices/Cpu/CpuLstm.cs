using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// An LSTM layer over a window. Threads stay for the whole sequence. They share the work of a step in one of two ways:
/// by batch rows, which need no hand-over at all, while the recurrent weights fit a core's L2; by hidden units otherwise, with one
/// barrier per step, so that a core reads only its share of the weights.
/// </summary>
internal sealed unsafe class CpuLstm<S, V> : IDisposable where S : struct, ISimd<V> where V : unmanaged
{
    // W_hh in bytes up to which every core keeps a copy of its own in L2.
    private const long WeightsInL2 = 1 << 20;

    // Rows a tile block passes over a panel piece before the next piece: the partial sums, 48 × 64 floats, stay in L1.
    private const int RowsInL1 = 48;

    private readonly CpuThreadTeam team;
    private readonly CpuGemm<S, V> gemm;
    private readonly CpuBuffer[] sums;
    private readonly PackTask pack;
    private readonly ForwardTask forward;
    private readonly BackwardTask backward;

    public CpuLstm(CpuThreadTeam team, CpuGemm<S, V> gemm)
    {
        this.team = team;
        this.gemm = gemm;
        sums = new CpuBuffer[team.Count];
        for (int n = 0; n < sums.Length; n++)
        {
            sums[n] = new CpuBuffer("lstm sums", sizeof(float) * RowsInL1 * MicroKernel<S, V>.PanelWidth);
        }
        pack = new PackTask(this);
        forward = new ForwardTask(this);
        backward = new BackwardTask(this);
    }

    public long Bytes => sums.Sum(s => s.Bytes);

    public void Pack(LstmShape shape, in LstmWeights weights, DeviceSlice<float> packed)
    {
        pack.Shape = shape;
        pack.Weights = weights;
        pack.Packed = packed.Pointer();
        team.Run(pack);
    }

    public void Forward(LstmShape shape, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve)
    {
        var panels = new LstmPanels<S, V>(shape, packed.Pointer());
        gemm.RunPacked(shape.Rows, shape.GateWidth, shape.I, x.Pointer(), panels.InputForward, panels.Bias, reserve.Gates.Pointer());
        forward.Set(shape, packed, reserve);
        team.Run(forward);
    }

    public void Backward(LstmShape shape, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients)
    {
        backward.Set(shape, packed, reserve, gradients);
        team.Run(backward);
        float* dGates = reserve.Gates.Pointer();
        gemm.Run(GemmLayout.TN, shape.GateWidth, shape.H, shape.Rows, dGates, reserve.Hidden.Pointer(), gradients.DWeightHh.Pointer(), accumulate: true);
        gemm.Run(GemmLayout.TN, shape.GateWidth, shape.I, shape.Rows, dGates, x.Pointer(), gradients.DWeightIh.Pointer(), accumulate: true);
        if (!gradients.DX.IsEmpty)
        {
            var panels = new LstmPanels<S, V>(shape, packed.Pointer());
            gemm.RunPacked(shape.Rows, shape.I, shape.GateWidth, dGates, panels.InputBackward, null, gradients.DX.Pointer());
        }
    }

    public void Dispose()
    {
        foreach (CpuBuffer buffer in sums)
        {
            buffer.Dispose();
        }
    }

    private sealed class PackTask(CpuLstm<S, V> owner) : ITeamTask
    {
        public LstmShape Shape;
        public LstmWeights Weights;
        public float* Packed;

        public void Run(int member) => new LstmPanels<S, V>(Shape, Packed).Pack(
            Weights.WeightIh.Pointer(), Weights.WeightHh.Pointer(), Weights.BiasIh.Pointer(), Weights.BiasHh.Pointer(), member, owner.team.Count);
    }

    /// <summary>What both directions share: which rows and panels a member owns, and the walk over them.</summary>
    private abstract class SequenceTask(CpuLstm<S, V> owner) : ITeamTask
    {
        protected LstmShape Shape;
        protected float* Packed, Hidden, Cell, Gates;
        private bool byRows;

        protected int StateLength => Shape.B * Shape.H;

        protected int StepGates => Shape.B * Shape.GateWidth;

        protected void Set(LstmShape shape, DeviceSlice<float> packed, in LstmReserve reserve)
        {
            Shape = shape;
            Packed = packed.Pointer();
            Hidden = reserve.Hidden.Pointer();
            Cell = reserve.Cell.Pointer();
            Gates = reserve.Gates.Pointer();
            byRows = shape.B >= 2 * owner.team.Count && sizeof(float) * shape.WeightHhLength <= WeightsInL2;
        }

        public abstract void Run(int member);

        /// <summary>The share of one step: rows of the batch and panels of the product.</summary>
        protected (int RowFrom, int RowTo, int PanelFrom, int PanelTo) Part(int panels, int member)
        {
            int members = owner.team.Count;
            (int rowFrom, int rowTo) = byRows ? CpuGemm<S, V>.Share(Shape.B, member, members) : (0, Shape.B);
            (int panelFrom, int panelTo) = byRows ? (0, panels) : CpuGemm<S, V>.Share(panels, member, members);
            return (rowFrom, rowTo, panelFrom, panelTo);
        }

        /// <summary>Every member's part of a step is visible to all. Rows of a batch never meet.</summary>
        protected void EndStep()
        {
            if (!byRows)
            {
                owner.team.Barrier();
            }
        }

        protected float* Sums(int member) => (float*)owner.sums[member].Pointer;

        /// <summary>sums[rows, vecs·lanes] = init + A·panel, pieces of the panel in L1.</summary>
        protected static void Multiply(
            float* a, int aWidth, int rows, float* panel, int vecs, int depth, float* init, nint initRow, nint initVec, float* sums)
        {
            int width = vecs * S.Count;
            var tiles = new RowTiles(rows, S.TileRows);
            int k = 0;
            do
            {
                int piece = Math.Min(CpuGemm<S, V>.DepthInL1, depth - k);
                for (int tile = 0; tile < tiles.Count; tile++)
                {
                    (int r, int height) = tiles[tile];
                    float* c = sums + r * width;
                    float* from = k == 0 ? init + r * initRow : c;
                    nint fromRow = k == 0 ? initRow : width;
                    nint fromVec = k == 0 ? initVec : S.Count;
                    MicroKernel<S, V>.Run(
                        height, vecs, a + (long)r * aWidth + k, aWidth, 1, panel + (long)k * width, piece, from, fromRow, fromVec, c, width, S.Count);
                }
                k += piece;
            }
            while (k < depth);
        }
    }

    private sealed class ForwardTask(CpuLstm<S, V> owner) : SequenceTask(owner)
    {
        public new void Set(LstmShape shape, DeviceSlice<float> packed, in LstmReserve reserve) => base.Set(shape, packed, reserve);

        public override void Run(int member)
        {
            var panels = new LstmPanels<S, V>(Shape, Packed);
            (int rowFrom, int rowTo, int panelFrom, int panelTo) = Part(LstmPanels<S, V>.UnitPanels(Shape.H), member);
            float* sums = Sums(member);
            for (int t = 0; t < Shape.T; t++)
            {
                float* hPrev = Hidden + (long)t * StateLength;
                float* cPrev = Cell + (long)t * StateLength;
                float* gates = Gates + (long)t * StepGates;
                for (int panel = panelFrom; panel < panelTo; panel++)
                {
                    int unit = panel * S.Count;
                    for (int row = rowFrom; row < rowTo; row += RowsInL1)
                    {
                        int rows = Math.Min(RowsInL1, rowTo - row);
                        long state = (long)row * Shape.H + unit;
                        float* g = gates + (long)row * Shape.GateWidth + unit;
                        Multiply(hPrev + (long)row * Shape.H, Shape.H, rows, panels.StatePanel(panel), Gate.Count, Shape.H, g, Shape.GateWidth, Shape.H, sums);
                        LstmCell<S, V>.Forward(
                            rows, Math.Min(S.Count, Shape.H - unit), Shape.H, sums, cPrev + state, g, cPrev + StateLength + state, hPrev + StateLength + state);
                    }
                }
                EndStep();
            }
        }
    }

    private sealed class BackwardTask(CpuLstm<S, V> owner) : SequenceTask(owner)
    {
        private readonly CpuLstm<S, V> owner = owner;
        private float* dHidden, dStateH, dStateC, dBiasIh, dBiasHh;

        public void Set(LstmShape shape, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients)
        {
            base.Set(shape, packed, reserve);
            dHidden = gradients.DHidden.Pointer();
            dStateH = gradients.DStateH.Pointer();
            dStateC = gradients.DStateC.Pointer();
            dBiasIh = gradients.DBiasIh.Pointer();
            dBiasHh = gradients.DBiasHh.Pointer();
        }

        public override void Run(int member)
        {
            int panels = CpuGemm<S, V>.Panels(Shape.H);
            (int rowFrom, int rowTo, int panelFrom, int panelTo) = Part(panels, member);
            // dh' at step t is dY[t] + dGates[t+1]·W_hh; before the last step it is dY + dh_T, after the first it leaves as dh_0.
            for (int t = Shape.T - 1; t >= -1; t--)
            {
                for (int panel = panelFrom; panel < panelTo; panel++)
                {
                    for (int row = rowFrom; row < rowTo; row += RowsInL1)
                    {
                        Step(member, t, panel, row, Math.Min(RowsInL1, rowTo - row));
                    }
                }
                EndStep();
            }
            owner.team.Barrier();
            (int from, int to) = CpuGemm<S, V>.Share(Shape.GateWidth, member, owner.team.Count);
            CpuReductions<S, V>.AddColumnSums(Gates, Shape.Rows, Shape.GateWidth, from, to, dBiasIh, dBiasHh);
        }

        private void Step(int member, int t, int panel, int row, int rows)
        {
            int unit = panel * MicroKernel<S, V>.PanelWidth;
            int vecs = CpuGemm<S, V>.PanelVectors(unit, Shape.H);
            int valid = Math.Min(vecs * S.Count, Shape.H - unit);
            float* sums = Sums(member);
            float* weights = new LstmPanels<S, V>(Shape, Packed).StateBackward + (long)unit * Shape.GateWidth;
            long state = (long)row * Shape.H + unit;
            bool last = t == Shape.T - 1;
            float* dNext = Gates + (t + 1L) * StepGates + (long)row * Shape.GateWidth;
            if (t < 0)
            {
                Multiply(dNext, Shape.GateWidth, rows, weights, vecs, Shape.GateWidth, null, 0, 0, sums);
                LstmCell<S, V>.StoreRows(rows, valid, vecs * S.Count, sums, dStateH + state, Shape.H);
                return;
            }
            float* dY = dHidden + (long)t * StateLength + state;
            Multiply(dNext, Shape.GateWidth, rows, weights, vecs, last ? 0 : Shape.GateWidth, dY, Shape.H, S.Count, sums);
            float* cPrev = Cell + (long)t * StateLength + state;
            LstmCell<S, V>.Backward(
                rows, valid, vecs * S.Count, Shape.H, sums, last ? dStateH + state : null, cPrev, cPrev + StateLength, dStateC + state,
                Gates + (long)t * StepGates + (long)row * Shape.GateWidth + unit);
        }
    }
}
