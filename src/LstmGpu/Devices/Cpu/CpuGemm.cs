using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// C = op(A)·op(B) (+ C): B is brought into panels of <see cref="MicroKernel{S,V}.PanelWidth"/> columns, block by block; each thread owns a
/// rectangle of C and walks it so that a piece of a panel stays in L1 while all row tiles of a block pass over it (Goto and van de Geijn 2008).
/// </summary>
internal sealed unsafe class CpuGemm<S, V> : ITeamTask, IDisposable where S : struct, ISimd<V> where V : unmanaged
{
    // A panel piece of 128 × 64 floats is 32 KB: L1 holds it with the rows of A beside it.
    internal const int DepthInL1 = 128;

    // 192 rows × 128 of A are 96 KB of L2, and enough passes over a panel piece to pay for fetching it.
    private const int RowsInL2 = 192;

    // The packed block of B: at most 512 × 2048 floats, 4 MB of L3.
    private const int DepthInL3 = 512;
    private const int ColumnsInL3 = 2048;

    private readonly CpuThreadTeam team;
    private readonly CpuBuffer block;
    private readonly CpuBuffer[] rows;
    private readonly CpuBuffer[] edges;
    private Call call;
    private int depthBegin, depthEnd, panelBegin, panelEnd;

    public CpuGemm(CpuThreadTeam team)
    {
        this.team = team;
        block = new CpuBuffer("gemm panels", sizeof(float) * (long)DepthInL3 * ColumnsInL3);
        rows = new CpuBuffer[team.Count];
        edges = new CpuBuffer[team.Count];
        for (int n = 0; n < team.Count; n++)
        {
            rows[n] = new CpuBuffer("gemm rows", sizeof(float) * (long)RowsInL2 * DepthInL1);
            edges[n] = new CpuBuffer("gemm edge", sizeof(float) * S.TileRows * MicroKernel<S, V>.PanelWidth);
        }
    }

    private static int PanelWidth => MicroKernel<S, V>.PanelWidth;

    /// <summary>Scratch bytes, for the memory plan.</summary>
    public long Bytes => block.Bytes + rows.Sum(r => r.Bytes) + edges.Sum(e => e.Bytes);

    /// <summary>Floats of a [K,N] matrix in panels.</summary>
    public static long PackedLength(int k, int n) => (long)k * PaddedColumns(n);

    /// <summary>C = op(A)·op(B) (+ C).</summary>
    public void Run(GemmLayout layout, int m, int n, int k, float* a, float* b, float* c, bool accumulate) =>
        Run(layout, m, n, k, a, layout == GemmLayout.TN ? m : k, b, c, accumulate, default);

    /// <summary>The gradient of a weight: C[M,N] += Aᵀ·B over the steps of a window, A a part of the columns of a wider matrix.</summary>
    /// <param name="padding">Rows of B that count as zeros, whatever they hold.</param>
    public void RunGradient(int m, int n, int k, float* a, int aWidth, float* b, float* c, StepPadding padding) =>
        Run(GemmLayout.TN, m, n, k, a, aWidth, b, c, accumulate: true, padding);

    private void Run(GemmLayout layout, int m, int n, int k, float* a, int aWidth, float* b, float* c, bool accumulate, StepPadding padding)
    {
        call = new Call
        {
            ATransposed = layout == GemmLayout.TN,
            BTransposed = layout == GemmLayout.NT,
            Accumulate = accumulate,
            M = m,
            N = n,
            A = a,
            AWidth = aWidth,
            B = b,
            BWidth = layout == GemmLayout.NT ? k : n,
            C = c,
            CWidth = n,
            Padding = padding,
        };
        int panelsInL3 = ColumnsInL3 / PanelWidth;
        int panels = Panels(n);
        for (panelBegin = 0; panelBegin < panels; panelBegin = panelEnd)
        {
            panelEnd = Math.Min(panels, panelBegin + panelsInL3);
            for (depthBegin = 0; depthBegin < k; depthBegin = depthEnd)
            {
                depthEnd = Math.Min(k, depthBegin + DepthInL3);
                team.Run(this);
            }
        }
    }

    /// <summary>C[M,N] = A[M,K]·B + bias, with B packed beforehand by <see cref="Pack"/>; bias may be null.</summary>
    public void RunPacked(int m, int n, int k, float* a, float* packed, float* bias, float* c)
    {
        call = new Call { M = m, N = n, A = a, AWidth = k, Packed = packed, PackedDepth = k, Bias = bias, C = c, CWidth = n };
        (panelBegin, panelEnd) = (0, Panels(n));
        (depthBegin, depthEnd) = (0, k);
        team.Run(this);
    }

    void ITeamTask.Run(int member)
    {
        Call g = call;
        if (g.Packed == null)
        {
            int depth = depthEnd - depthBegin;
            g.Packed = (float*)block.Pointer;
            g.PackedDepth = depth;
            (int from, int to) = Share(panelEnd - panelBegin, member, team.Count);
            for (int p = from; p < to; p++)
            {
                PackPanel(g.B, g.BWidth, g.BTransposed, depthBegin, depth, (panelBegin + p) * PanelWidth, g.N, g.Packed + (long)p * depth * PanelWidth, g.Padding);
            }
            team.Barrier();
        }
        Multiply(g, member);
    }

    /// <summary>Brings a [K,N] matrix (or its [N,K] transpose) into panels; member packs its share.</summary>
    public static void Pack(float* b, int bWidth, bool transposed, int k, int n, float* packed, int member, int members)
    {
        (int from, int to) = Share(Panels(n), member, members);
        for (int p = from; p < to; p++)
        {
            PackPanel(b, bWidth, transposed, 0, k, p * PanelWidth, n, packed + (long)p * k * PanelWidth, default);
        }
    }

    public void Dispose()
    {
        block.Dispose();
        foreach (CpuBuffer buffer in rows.Concat(edges))
        {
            buffer.Dispose();
        }
    }

    internal static int Panels(int n) => (n + PanelWidth - 1) / PanelWidth;

    /// <summary>The part of 0…items that belongs to one of several members; parts differ by one at most.</summary>
    internal static (int From, int To) Share(int items, int member, int members) =>
        ((int)((long)items * member / members), (int)((long)items * (member + 1) / members));

    /// <summary>Vectors of a panel that starts at a column: the last panel is only as wide as it must be.</summary>
    internal static int PanelVectors(int column, int n) => Math.Min(MicroKernel<S, V>.PanelVectors, (n - column + S.Count - 1) / S.Count);

    private static int PaddedColumns(int n) => (n + S.Count - 1) / S.Count * S.Count;

    private static void PackPanel(float* b, int bWidth, bool transposed, int k0, int depth, int column, int n, float* panel, StepPadding padding)
    {
        int width = PanelVectors(column, n) * S.Count;
        int valid = Math.Min(width, n - column);
        if (transposed)
        {
            Transpose.Run(b + (long)column * bWidth + k0, bWidth, valid, depth, panel, width);
        }
        else
        {
            for (int k = 0; k < depth; k++)
            {
                new ReadOnlySpan<float>(b + (long)(k0 + k) * bWidth + column, valid).CopyTo(new Span<float>(panel + (long)k * width, valid));
            }
        }
        for (int k = 0; valid < width && k < depth; k++)
        {
            new Span<float>(panel + (long)k * width + valid, width - valid).Clear();
        }
        for (int k = 0; padding.Lengths != null && k < depth; k++)
        {
            if (padding.Covers(k0 + k))
            {
                new Span<float>(panel + (long)k * width, width).Clear();
            }
        }
    }

    private void Multiply(in Call g, int member)
    {
        (int rowMembers, int panelMembers) = Grid(g.M, panelEnd - panelBegin);
        (int rowFrom, int rowTo) = Share(g.M, member / panelMembers, rowMembers);
        (int panelFrom, int panelTo) = Share(panelEnd - panelBegin, member % panelMembers, panelMembers);
        for (int row = rowFrom; row < rowTo; row += RowsInL2)
        {
            int count = Math.Min(RowsInL2, rowTo - row);
            for (int k = 0; k < depthEnd - depthBegin; k += DepthInL1)
            {
                int depth = Math.Min(DepthInL1, depthEnd - depthBegin - k);
                float* a = g.A + (long)row * g.AWidth + depthBegin + k;
                nint aRow = g.AWidth;
                nint aStep = 1;
                if (g.ATransposed)
                {
                    a = (float*)rows[member].Pointer;
                    PackRows(g.A + (long)(depthBegin + k) * g.AWidth + row, g.AWidth, count, depth, a);
                }
                for (int p = panelFrom; p < panelTo; p++)
                {
                    BlockTimesPanel(g, member, row, count, k, depth, a, aRow, aStep, p);
                }
            }
        }
    }

    private void BlockTimesPanel(in Call g, int member, int row, int count, int k, int depth, float* a, nint aRow, nint aStep, int p)
    {
        int column = (panelBegin + p) * PanelWidth;
        int vecs = PanelVectors(column, g.N);
        int valid = Math.Min(vecs * S.Count, g.N - column);
        float* b = g.Packed + (long)p * g.PackedDepth * PanelWidth + (long)k * vecs * S.Count;
        bool first = depthBegin + k == 0;
        float* edge = (float*)edges[member].Pointer;
        var tiles = new RowTiles(count, S.TileRows);
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            (int r, int height) = tiles[tile];
            float* c = g.C + (long)(row + r) * g.CWidth + column;
            float* init = c;
            nint initRow = g.CWidth;
            if (first && !g.Accumulate)
            {
                init = g.Bias == null ? null : g.Bias + column;
                initRow = 0;
            }
            // Packed rows stand tile by tile, [depth][height].
            float* tileA = g.ATransposed ? a + (long)r * depth : a + r * aRow;
            nint tileRow = g.ATransposed ? 1 : aRow;
            nint tileStep = g.ATransposed ? height : aStep;
            if (valid == vecs * S.Count)
            {
                MicroKernel<S, V>.Run(height, vecs, tileA, tileRow, tileStep, b, depth, init, initRow, S.Count, c, g.CWidth, S.Count);
                continue;
            }
            MicroKernel<S, V>.Run(height, vecs, tileA, tileRow, tileStep, b, depth, init, initRow, S.Count, edge, vecs * S.Count, S.Count);
            for (int e = 0; e < height; e++)
            {
                new ReadOnlySpan<float>(edge + e * vecs * S.Count, valid).CopyTo(new Span<float>(c + (long)e * g.CWidth, valid));
            }
        }
    }

    // A[depth, rows] with a row stride → tiles [depth][height], so that the kernel reads one line after the other. A tile's row is copied as
    // whole vectors: what runs over is overwritten by the next row, and the last row of a block runs into the buffer's tail.
    private static void PackRows(float* a, long aWidth, int count, int depth, float* packed)
    {
        var tiles = new RowTiles(count, S.TileRows);
        for (int tile = 0; tile < tiles.Count; tile++)
        {
            (int r, int height) = tiles[tile];
            float* to = packed + (long)r * depth;
            float* from = a + r;
            if (height <= 4)
            {
                for (int k = 0; k < depth; k++, from += aWidth, to += height)
                {
                    Vector128.Load(from).Store(to);
                }
            }
            else
            {
                for (int k = 0; k < depth; k++, from += aWidth, to += height)
                {
                    Vector256.Load(from).Store(to);
                }
            }
        }
    }

    // How many members share the rows and how many the panels: the split whose largest part is smallest.
    private (int Rows, int Panels) Grid(int m, int panels)
    {
        (int Rows, int Panels) best = (team.Count, 1);
        long bestCost = long.MaxValue;
        for (int across = 1; across <= team.Count; across++)
        {
            if (team.Count % across != 0)
            {
                continue;
            }
            int down = team.Count / across;
            long cost = (long)Ceiling(m, down) * Ceiling(panels, across);
            if (cost < bestCost)
            {
                (best, bestCost) = ((down, across), cost);
            }
        }
        return best;
    }

    private static int Ceiling(int items, int parts) => (items + parts - 1) / parts;

    private struct Call
    {
        public bool ATransposed, BTransposed, Accumulate;
        public int M, N, AWidth, BWidth, CWidth;
        public float* A, B, C, Bias;
        public StepPadding Padding;

        // B in panels of PackedDepth steps; null where this product packs it block by block.
        public float* Packed;
        public int PackedDepth;
    }
}

/// <summary>The rows [T,B] of a window that lie beyond the length of their sequence; none where lengths are null.</summary>
internal readonly unsafe struct StepPadding(int* lengths, int batch, int firstStep)
{
    public int* Lengths => lengths;

    /// <param name="row">Counted from the first step.</param>
    public bool Covers(int row) => firstStep + row / batch >= lengths[row % batch];
}

/// <summary>Rows cut into the fewest tiles of at most a given height, as even as can be: 32 rows in sixes are 6 6 5 5 5 5, not 6 6 6 6 6 2.</summary>
internal readonly struct RowTiles(int rows, int tileRows)
{
    public int Count { get; } = (rows + tileRows - 1) / tileRows;

    public (int Row, int Height) this[int tile]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            int height = rows / Count;
            int taller = rows % Count;
            return tile < taller ? (tile * (height + 1), height + 1) : (tile * height + taller, height);
        }
    }
}
