using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>C[M,N] = A·B with any sizes on tensor cores: the same products of rounded operands as <see cref="GemmKernels"/>, summed in another order.</summary>
internal static class TensorGemmKernels
{
    // A warp computes 64×32 elements of C: 4×4 fragments.
    private const int FragmentsDown = 4;
    private const int FragmentsAcross = 4;
    private const int WarpRows = FragmentsDown * TensorCore.Rows;
    private const int WarpColumns = FragmentsAcross * TensorCore.Columns;

    /// <summary>
    /// A group per tile of C and part of k: Grid.IdxX the tile, along M first (CUDA's other axes end at 65,535), IdxZ the part. Four warps, two by two. Part z
    /// of C stands at c[z,:,:]; with one part that is C.
    /// </summary>
    [Kernel(TensorTile.Threads, ComputeCapability = 80)]
    public static void Multiply(
        [Values(GemmKernels.NN, GemmKernels.NT, GemmKernels.TN, GemmKernels.TNPadded)] SpecializedValue<int> layout,
        [Values(Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> a,       // [M,K], TN: [K,M]
        ArrayView<float> b,       // [K,N], NT: [N,K]
        ArrayView<float> c,       // [parts,M,N]
        int m,
        int n,
        int k,
        int kOfPart,              // a multiple of the tile's depth
        bool accumulate,
        bool aByFours,            // whether a's rows begin at multiples of 16 bytes
        bool bByFours,
        ArrayView<int> lengths,   // [batch], TNPadded
        int batch)
    {
        ArrayView<float> aTiles = SharedMemory.Allocate<float>(TensorTile.Stages * TensorTile.RowsLength);
        ArrayView<float> bTiles = SharedMemory.Allocate<float>(TensorTile.Stages * TensorTile.ColumnsLength);
        MultiplyTiles(
            layout, form, SpecializedValue.New(false), aTiles, bTiles, a, b, c, m, n, k, kOfPart, accumulate, aByFours, bByFours, lengths, batch);
    }

    /// <summary>The same with a B that lies in memory in its form of 16 bits, as <see cref="Store"/> left it: half of it to read.</summary>
    [Kernel(TensorTile.Threads, ComputeCapability = 80)]
    public static void MultiplyStored(
        [Values(GemmKernels.NN, GemmKernels.NT)] SpecializedValue<int> layout,
        [Values(Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> a,       // [M,K]
        ArrayView<float> b,       // [K,words of N], NT: [N,words of K]
        ArrayView<float> c,       // [parts,M,N]
        int m,
        int n,
        int k,
        int kOfPart,              // a multiple of the tile's depth
        bool accumulate,
        bool aByFours)            // whether a's rows begin at multiples of 16 bytes
    {
        ArrayView<float> aTiles = SharedMemory.Allocate<float>(TensorTile.Stages * TensorTile.RowsLength);
        ArrayView<float> bTiles = SharedMemory.Allocate<float>(TensorTile.Stages * TensorTile.StoredLength);
        MultiplyTiles(
            layout, form, SpecializedValue.New(true), aTiles, bTiles, a, b, c, m, n, k, kOfPart, accumulate, aByFours, true, a.Cast<int>(), 1); // no lengths
    }

    /// <summary>stored = x in a form of 16 bits, each row filled with 0 to whole copies of 16 bytes; rows that x lacks are 0. A thread per word.</summary>
    [Kernel(256, ComputeCapability = 80)]
    public static void Store(
        [Values(Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,
        ArrayView<float> x,        // [rows,columns]
        ArrayView<float> stored,   // [at least rows,words]
        int rows,
        int columns)
    {
        long word = ((long)Grid.IdxX * 256) + Group.IdxX;
        if (word < stored.Length)
        {
            int words = TensorTile.Words(form, columns);
            long row = word / words;
            int column = (int)(word % words) * 2;
            float first = row < rows && column < columns ? x[(row * columns) + column] : 0f;
            float second = row < rows && column + 1 < columns ? x[(row * columns) + column + 1] : 0f;
            stored.Cast<uint>()[word] = TensorCore.Pair(form, first, second);
        }
    }

    /// <summary>c = Σ_z parts[z,:], or c += it, parts in ascending order.</summary>
    [Kernel(256)]
    public static void AddParts(
        ArrayView<float> parts,   // [count,M·N]
        ArrayView<float> c,       // [M·N]
        int count,
        bool accumulate)
    {
        long at = ((long)Grid.IdxX * 256) + Group.IdxX;
        if (at < c.Length)
        {
            float sum = parts[at];
            for (int part = 1; part < count; part++)
            {
                sum += parts[(part * c.Length) + at];
            }
            c[at] = accumulate ? c[at] + sum : sum;
        }
    }

    private static void MultiplyTiles(
        SpecializedValue<int> layout,
        SpecializedValue<int> form,
        SpecializedValue<bool> stored,
        ArrayView<float> aTiles,
        ArrayView<float> bTiles,
        ArrayView<float> a,
        ArrayView<float> b,
        ArrayView<float> c,
        int m,
        int n,
        int k,
        int kOfPart,
        bool accumulate,
        bool aByFours,
        bool bByFours,
        ArrayView<int> lengths,
        int batch)
    {
        ArrayView<float> sums = LocalMemory.Allocate<float>(4 * FragmentsDown * FragmentsAcross);
        int thread = Group.IdxX;
        int down = ((m - 1) / TensorTile.Rows) + 1;
        int firstRow = Grid.IdxX % down * TensorTile.Rows;
        int firstColumn = Grid.IdxX / down * TensorTile.Columns;
        int kBegin = Grid.IdxZ * kOfPart;
        int kEnd = kBegin + kOfPart < k ? kBegin + kOfPart : k;
        int steps = (kEnd - kBegin + TensorTile.Depth - 1) / TensorTile.Depth;
        for (int s = 0; s < 4 * FragmentsDown * FragmentsAcross; s++)
        {
            sums[s] = 0f;
        }
        for (int step = 0; step < TensorTile.Stages - 1; step++)
        {
            if (step < steps)
            {
                int k0 = kBegin + (step * TensorTile.Depth);
                Copy(layout, form, stored, aTiles, bTiles, step, a, b, firstRow, m, firstColumn, n, k0, kEnd, k, aByFours, bByFours, lengths, batch, thread);
            }
            AsyncCopy.Commit();
        }
        for (int step = 0; step < steps; step++)
        {
            // The oldest group is the tile of this step. After the barrier all see it, and none reads the tile before it any more: its place is free.
            AsyncCopy.Wait(SpecializedValue.New(TensorTile.Stages - 2));
            Group.Barrier();
            int next = step + TensorTile.Stages - 1;
            if (next < steps)
            {
                int k0 = kBegin + (next * TensorTile.Depth);
                Copy(layout, form, stored, aTiles, bTiles, next % TensorTile.Stages, a, b, firstRow, m, firstColumn, n, k0, kEnd, k, aByFours, bByFours, lengths, batch, thread);
            }
            AsyncCopy.Commit();
            MultiplyTile(layout, form, stored, aTiles, bTiles, step % TensorTile.Stages, sums);
        }
        StoreSums(sums, c, firstRow, m, firstColumn, n, accumulate);
    }

    private static void Copy(
        SpecializedValue<int> layout,
        SpecializedValue<int> form,
        SpecializedValue<bool> stored,
        ArrayView<float> aTiles,
        ArrayView<float> bTiles,
        int stage,
        ArrayView<float> a,
        ArrayView<float> b,
        int firstRow,
        int m,
        int firstColumn,
        int n,
        int k0,
        int kEnd,
        int k,
        bool aByFours,
        bool bByFours,
        ArrayView<int> lengths,
        int batch,
        int thread)
    {
        SpecializedValue<int> rows = SpecializedValue.New(TensorTile.Rows);
        SpecializedValue<int> columns = SpecializedValue.New(TensorTile.Columns);
        int aAt = stage * TensorTile.RowsLength;
        int bAt = stage * TensorTile.ColumnsLength;
        if (layout == GemmKernels.TN || layout == GemmKernels.TNPadded)
        {
            TensorTile.CopyAcrossK(rows, SpecializedValue.New(false), aTiles, aAt, a, firstRow, m, k0, kEnd, aByFours, lengths, batch, thread);
        }
        else
        {
            TensorTile.CopyAlongK(rows, aTiles, aAt, a, firstRow, m, k0, kEnd, k, aByFours, thread);
        }
        if (stored)
        {
            int storedAt = stage * TensorTile.StoredLength;
            if (layout == GemmKernels.NT)
            {
                TensorTile.CopyStoredAlongK(bTiles, storedAt, b, firstColumn, n, k0, TensorTile.Words(form, k), thread);
            }
            else
            {
                TensorTile.CopyStoredAcrossK(bTiles, storedAt, b, firstColumn, k0, kEnd, TensorTile.Words(form, n), thread);
            }
        }
        else if (layout == GemmKernels.NT)
        {
            TensorTile.CopyAlongK(columns, bTiles, bAt, b, firstColumn, n, k0, kEnd, k, bByFours, thread);
        }
        else
        {
            SpecializedValue<bool> padded = SpecializedValue.New(layout == GemmKernels.TNPadded);
            TensorTile.CopyAcrossK(columns, padded, bTiles, bAt, b, firstColumn, n, k0, kEnd, bByFours, lengths, batch, thread);
        }
    }

    /// <summary>sums += A·B of one tile, with fragments as <see cref="TensorCore"/> describes them.</summary>
    private static void MultiplyTile(
        SpecializedValue<int> layout,
        SpecializedValue<int> form,
        SpecializedValue<bool> stored,
        ArrayView<float> aTiles,
        ArrayView<float> bTiles,
        int stage,
        ArrayView<float> sums)
    {
        ArrayView<uint> aFragments = LocalMemory.Allocate<uint>(4 * FragmentsDown);
        ArrayView<uint> bFragments = LocalMemory.Allocate<uint>(2 * FragmentsAcross);
        int warp = Warp.WarpIdx;
        int g = Warp.LaneIdx / 4;
        int t = Warp.LaneIdx % 4;
        int row = (warp / 2 * WarpRows) + g;
        int column = (warp % 2 * WarpColumns) + g;
        int depth = form == Rounding.Tf32 ? TensorCore.Depth : 2 * TensorCore.Depth;
        for (int k = 0; k < TensorTile.Depth; k += depth)
        {
            for (int i = 0; i < FragmentsDown; i++)
            {
                LoadA(layout, form, aTiles, stage * TensorTile.RowsLength, aFragments, 4 * i, row + (i * TensorCore.Rows), k, t);
            }
            for (int j = 0; j < FragmentsAcross; j++)
            {
                if (stored)
                {
                    TensorTile.LoadStored(SpecializedValue.New(layout != GemmKernels.NT), bTiles, stage * TensorTile.StoredLength, bFragments, 2 * j, column + (j * TensorCore.Columns), t);
                }
                else
                {
                    LoadB(layout, form, bTiles, stage * TensorTile.ColumnsLength, bFragments, 2 * j, column + (j * TensorCore.Columns), k, t);
                }
            }
            for (int i = 0; i < FragmentsDown; i++)
            {
                for (int j = 0; j < FragmentsAcross; j++)
                {
                    int at = 4 * ((i * FragmentsAcross) + j);
                    TensorCore.MultiplyAdd(
                        form,
                        ref sums[at],
                        ref sums[at + 1],
                        ref sums[at + 2],
                        ref sums[at + 3],
                        aFragments[4 * i],
                        aFragments[(4 * i) + 1],
                        aFragments[(4 * i) + 2],
                        aFragments[(4 * i) + 3],
                        bFragments[2 * j],
                        bFragments[(2 * j) + 1]);
                }
            }
        }
    }

    private static void LoadA(
        SpecializedValue<int> layout, SpecializedValue<int> form, ArrayView<float> tiles, int at, ArrayView<uint> fragments, int to, int row, int k, int t)
    {
        SpecializedValue<int> width = SpecializedValue.New(TensorTile.Rows);
        SpecializedValue<bool> acrossK = SpecializedValue.New(layout == GemmKernels.TN || layout == GemmKernels.TNPadded);
        for (int r = 0; r < 4; r++)
        {
            // Registers 0 and 2 are of row g, 1 and 3 of row g+8; 0 and 1 of the lower half of k.
            int i = row + (r % 2 * 8);
            if (form == Rounding.Tf32)
            {
                fragments[to + r] = TensorCore.Single(TensorTile.Element(acrossK, width, tiles, at, i, k + t + (r / 2 * 4)));
            }
            else
            {
                fragments[to + r] = TensorTile.Pair(form, acrossK, width, tiles, at, i, k + (2 * t) + (r / 2 * 8));
            }
        }
    }

    private static void LoadB(
        SpecializedValue<int> layout, SpecializedValue<int> form, ArrayView<float> tiles, int at, ArrayView<uint> fragments, int to, int column, int k, int t)
    {
        SpecializedValue<int> width = SpecializedValue.New(TensorTile.Columns);
        SpecializedValue<bool> acrossK = SpecializedValue.New(layout != GemmKernels.NT);
        for (int r = 0; r < 2; r++)
        {
            if (form == Rounding.Tf32)
            {
                fragments[to + r] = TensorCore.Single(TensorTile.Element(acrossK, width, tiles, at, column, k + t + (r * 4)));
            }
            else
            {
                fragments[to + r] = TensorTile.Pair(form, acrossK, width, tiles, at, column, k + (2 * t) + (r * 8));
            }
        }
    }

    private static void StoreSums(ArrayView<float> sums, ArrayView<float> c, int firstRow, int m, int firstColumn, int n, bool accumulate)
    {
        int warp = Warp.WarpIdx;
        int row = firstRow + (warp / 2 * WarpRows) + (Warp.LaneIdx / 4);
        int column = firstColumn + (warp % 2 * WarpColumns) + (Warp.LaneIdx % 4 * 2);
        for (int i = 0; i < FragmentsDown; i++)
        {
            for (int j = 0; j < FragmentsAcross; j++)
            {
                for (int r = 0; r < 4; r++)
                {
                    int y = row + (i * TensorCore.Rows) + (r / 2 * 8);
                    int x = column + (j * TensorCore.Columns) + (r % 2);
                    if (y < m && x < n)
                    {
                        long at = ((((long)Grid.IdxZ * m) + y) * n) + x;
                        float sum = sums[(4 * ((i * FragmentsAcross) + j)) + r];
                        c[at] = accumulate ? c[at] + sum : sum;
                    }
                }
            }
        }
    }
}
