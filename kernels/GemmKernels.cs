using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>C[M,N] = A·B with any sizes.</summary>
internal static class GemmKernels
{
    /// <summary>A [M,K] · B [K,N].</summary>
    public const int NN = 0;

    /// <summary>A [M,K] · B [N,K]ᵀ.</summary>
    public const int NT = 1;

    /// <summary>A [K,M]ᵀ · B [K,N].</summary>
    public const int TN = 2;

    /// <summary>TN where row k of B is step k / batch of the sequence k % batch, and 0 beyond its length: what stands there, NaN included, must not matter.</summary>
    public const int TNPadded = 3;

    /// <summary>A group per tile of C, tiles along N first: one axis, because CUDA's other two end at 65,535. An element is one chain of sums over ascending k.</summary>
    [Kernel(Tile.Threads, Tile.Threads, Contract = true)]
    public static void Multiply(
        [Values(NN, NT, TN, TNPadded)] SpecializedValue<int> layout,
        [Values(Rounding.Fp32, Rounding.Tf32, Rounding.Bf16, Rounding.Fp16)] SpecializedValue<int> form,   // of the operands
        ArrayView<float> a,   // [M,K], TN: [K,M]
        ArrayView<float> b,   // [K,N], NT: [N,K]
        ArrayView<float> c,   // [M,N]
        int m,
        int n,
        int k,
        bool accumulate,
        ArrayView<int> lengths,   // [batch], TNPadded
        int batch)
    {
        ArrayView<float> aTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> bTile = SharedMemory.Allocate<float>(Tile.Length);
        ArrayView<float> sums = LocalMemory.Allocate<float>(16);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int thread = (y * Tile.Threads) + x;
        int across = ((n - 1) / Tile.Columns) + 1;
        int firstRow = Grid.IdxX / across * Tile.Rows;
        int firstColumn = Grid.IdxX % across * Tile.Columns;
        Tile.Clear(sums);
        for (int k0 = 0; k0 < k; k0 += Tile.Depth)
        {
            if (layout == TN || layout == TNPadded)
            {
                Tile.LoadAcrossK(form, aTile, a, firstRow, m, k0, k, 4, thread);
            }
            else
            {
                Tile.LoadAlongK(form, aTile, a, firstRow, m, k0, k, 4, thread);
            }
            if (layout == NT)
            {
                Tile.LoadAlongK(form, bTile, b, firstColumn, n, k0, k, 4, thread);
            }
            else
            {
                Tile.LoadAcrossK(form, bTile, b, firstColumn, n, k0, k, 4, thread);
            }
            if (layout == TNPadded)
            {
                Tile.ClearPadded(bTile, lengths, batch, k0, k, thread);
            }
            Group.Barrier();
            Tile.MultiplyFourRows(aTile, bTile, sums, x, y);
            Group.Barrier();
        }
        for (int r = 0; r < 4; r++)
        {
            for (int s = 0; s < 4; s++)
            {
                int row = firstRow + (4 * y) + r;
                int column = firstColumn + (4 * x) + s;
                if (row < m && column < n)
                {
                    long at = ((long)row * n) + column;
                    c[at] = accumulate ? c[at] + sums[(4 * r) + s] : sums[(4 * r) + s];
                }
            }
        }
    }
}
