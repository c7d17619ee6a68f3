using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// An LSTM layer over a window. Threads stay for the whole sequence. They share the work of a step in one of two ways:
/// by batch rows, which need no hand-over at all, while the recurrent weights fit a core's L2; by hidden units otherwise, with one
/// barrier per step, so that a core reads only its share of the weights.
/// </summary>
internal sealed unsafe class CpuLstm<S, V> : IDisposable where S : struct, ISimd<V> where V : unmanaged
{
    // Weights in bytes up to which every core keeps a copy of its own in L2.
    internal const long WeightsInL2 = 1 << 20;

    // Gate gradients in bytes that are still in cache when the products with them follow.
    private const long ChunkInCache = 4 << 20;
    private const int FewestRowsOfChunk = 256;

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

    // Batch rows need no hand-over between steps; each core then reads all of W_hh every step.
    private bool SharesRows(LstmShape shape) => shape.B >= 2 * team.Count && sizeof(float) * shape.WeightHhLength <= WeightsInL2;

    // A step that brings its input product along saves a pass over the gates of the whole window, where the input weights fit beside W_hh.
    private bool TakesInputAlong(LstmShape shape) => SharesRows(shape) && sizeof(float) * (shape.WeightHhLength + shape.WeightIhLength) <= WeightsInL2;

    private LstmPanels<S, V> Panels(LstmShape shape, float* packed) => new(shape, packed, TakesInputAlong(shape));

    public void Forward(LstmShape shape, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
    {
        if (!TakesInputAlong(shape))
        {
            LstmPanels<S, V> panels = Panels(shape, packed.Pointer());
            gemm.RunPacked(shape.Rows, shape.GateWidth, shape.I, x.Pointer(), panels.InputForward, panels.Bias, reserve.Gates.Pointer());
        }
        forward.Set(shape, x, packed, reserve, lengths);
        team.Run(forward);
    }

    public void Backward(
        LstmShape shape, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients, DeviceSlice<int> lengths)
    {
        // From the end, in chunks of steps whose gate gradients are still in cache when the products with them are taken.
        int chunk = StepsInCache(shape.T, shape.B, shape.GateWidth);
        backward.Set(shape, packed, reserve, gradients, lengths);
        for (int end = shape.T; end > 0; end -= chunk)
        {
            int begin = Math.Max(0, end - chunk);
            backward.Steps(begin, end);
            team.Run(backward);
            WeightGradients(shape, begin, end - begin, x, packed, reserve, gradients, lengths);
        }
    }

    /// <summary>Steps whose gate gradients are still in cache when the products with them follow.</summary>
    internal static int StepsInCache(int steps, int batch, int gateWidth)
    {
        long stepBytes = sizeof(float) * (long)batch * gateWidth;
        return (int)Math.Min(steps, Math.Max(ChunkInCache / stepBytes, (FewestRowsOfChunk + batch - 1) / batch));
    }

    private void WeightGradients(
        LstmShape shape, int begin, int steps, DeviceSlice<float> x, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients,
        DeviceSlice<int> lengths)
    {
        int rows = steps * shape.B;
        long firstRow = (long)begin * shape.B;
        float* dGates = reserve.Gates.Pointer() + firstRow * shape.GateWidth;
        float* hPrev = reserve.Hidden.Pointer() + firstRow * shape.H;
        float* input = x.Pointer() + firstRow * shape.I;
        gemm.Run(GemmLayout.TN, shape.GateWidth, shape.H, rows, dGates, hPrev, gradients.DWeightHh.Pointer(), accumulate: true);
        StepPadding padding = new(lengths.Pointer(), shape.B, begin);
        gemm.RunGradient(shape.GateWidth, shape.I, rows, dGates, shape.GateWidth, input, gradients.DWeightIh.Pointer(), padding);
        if (!gradients.DX.IsEmpty)
        {
            LstmPanels<S, V> panels = Panels(shape, packed.Pointer());
            gemm.RunPacked(rows, shape.I, shape.GateWidth, dGates, panels.InputBackward, null, gradients.DX.Pointer() + firstRow * shape.I);
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

        public void Run(int member) => owner.Panels(Shape, Packed).Pack(
            Weights.WeightIh.Pointer(), Weights.WeightHh.Pointer(), Weights.BiasIh.Pointer(), Weights.BiasHh.Pointer(), member, owner.team.Count);
    }

    /// <summary>What both directions share: which rows and panels a member owns, and the walk over them.</summary>
    private abstract class SequenceTask(CpuLstm<S, V> owner) : ITeamTask
    {
        protected LstmShape Shape;
        protected float* Packed, Hidden, Cell, Gates;
        protected int* Lengths;
        private bool byRows;

        protected long StateLength => (long)Shape.B * Shape.H;

        protected long StepGates => (long)Shape.B * Shape.GateWidth;

        protected void Set(LstmShape shape, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
        {
            Shape = shape;
            Packed = packed.Pointer();
            Hidden = reserve.Hidden.Pointer();
            Cell = reserve.Cell.Pointer();
            Gates = reserve.Gates.Pointer();
            Lengths = lengths.Pointer();
            byRows = owner.SharesRows(shape);
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
        private readonly CpuLstm<S, V> owner = owner;
        private float* x;

        public void Set(LstmShape shape, DeviceSlice<float> input, DeviceSlice<float> packed, in LstmReserve reserve, DeviceSlice<int> lengths)
        {
            base.Set(shape, packed, reserve, lengths);
            x = input.Pointer();
        }

        public override void Run(int member)
        {
            LstmPanels<S, V> panels = owner.Panels(Shape, Packed);
            bool takesInputAlong = owner.TakesInputAlong(Shape);
            int width = Gate.Count * S.Count;
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
                        float* init = g;
                        nint initRow = Shape.GateWidth;
                        nint initVec = Shape.H;
                        if (takesInputAlong)
                        {
                            float* input = x + ((long)t * Shape.B + row) * Shape.I;
                            Multiply(input, Shape.I, rows, panels.InputPanel(panel), Gate.Count, Shape.I, panels.Bias + unit, 0, Shape.H, sums);
                            init = sums;
                            initRow = width;
                            initVec = S.Count;
                        }
                        Multiply(hPrev + (long)row * Shape.H, Shape.H, rows, panels.StatePanel(panel), Gate.Count, Shape.H, init, initRow, initVec, sums);
                        int valid = Math.Min(S.Count, Shape.H - unit);
                        LstmCell<S, V>.Forward(rows, valid, Shape.H, sums, cPrev + state, g, cPrev + StateLength + state, hPrev + StateLength + state);
                        if (Lengths != null)
                        {
                            LstmPadding.Forward(
                                t, Lengths + row, rows, valid, Shape.H, cPrev + state, g, cPrev + StateLength + state, hPrev + StateLength + state);
                        }
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
        private int begin, end;

        public void Set(LstmShape shape, DeviceSlice<float> packed, in LstmReserve reserve, in LstmGradients gradients, DeviceSlice<int> lengths)
        {
            base.Set(shape, packed, reserve, lengths);
            dHidden = gradients.DHidden.Pointer();
            dStateH = gradients.DStateH.Pointer();
            dStateC = gradients.DStateC.Pointer();
            dBiasIh = gradients.DBiasIh.Pointer();
            dBiasHh = gradients.DBiasHh.Pointer();
        }

        /// <summary>The steps of the next run, begin … end − 1.</summary>
        public void Steps(int first, int afterLast)
        {
            begin = first;
            end = afterLast;
        }

        public override void Run(int member)
        {
            int panels = CpuGemm<S, V>.Panels(Shape.H);
            (int rowFrom, int rowTo, int panelFrom, int panelTo) = Part(panels, member);
            // dh' at step t is dY[t] + dGates[t+1]·W_hh; before the last step it is dY + dh_T, after the first it leaves as dh_0.
            int stop = begin == 0 ? -1 : begin;
            for (int t = end - 1; t >= stop; t--)
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
            if (dBiasIh == null)
            {
                return;
            }
            CpuReductions<S, V>.AddColumnSums(Gates + (long)begin * StepGates, (end - begin) * Shape.B, Shape.GateWidth, from, to, dBiasIh, dBiasHh);
        }

        private void Step(int member, int t, int panel, int row, int rows)
        {
            int unit = panel * MicroKernel<S, V>.PanelWidth;
            int vecs = CpuGemm<S, V>.PanelVectors(unit, Shape.H);
            int valid = Math.Min(vecs * S.Count, Shape.H - unit);
            float* sums = Sums(member);
            float* weights = owner.Panels(Shape, Packed).StateBackward + (long)unit * Shape.GateWidth;
            long state = (long)row * Shape.H + unit;
            bool last = t == Shape.T - 1;
            float* dNext = Gates + (t + 1L) * StepGates + (long)row * Shape.GateWidth;
            if (t < 0)
            {
                Multiply(dNext, Shape.GateWidth, rows, weights, vecs, Shape.GateWidth, null, 0, 0, sums);
                if (Lengths == null)
                {
                    LstmCell<S, V>.StoreRows(rows, valid, vecs * S.Count, sums, dStateH + state, Shape.H);
                }
                else
                {
                    LstmPadding.StoreRows(Lengths + row, rows, valid, vecs * S.Count, sums, dStateH + state, Shape.H);
                }
                return;
            }
            float* dY = dHidden + (long)t * StateLength + state;
            Multiply(dNext, Shape.GateWidth, rows, weights, vecs, last ? 0 : Shape.GateWidth, dY, Shape.H, S.Count, sums);
            if (Lengths != null)
            {
                LstmPadding.Backward(t, Lengths + row, rows, valid, vecs * S.Count, sums, dStateH + state, Shape.H);
            }
            float* dLast = last && Lengths == null ? dStateH + state : null;
            float* cPrev = Cell + (long)t * StateLength + state;
            LstmCell<S, V>.Backward(
                rows, valid, vecs * S.Count, Shape.H, sums, dLast, cPrev, cPrev + StateLength, dStateC + state,
                Gates + (long)t * StepGates + (long)row * Shape.GateWidth + unit);
        }
    }
}
