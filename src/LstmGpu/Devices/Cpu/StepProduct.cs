namespace LstmGpu.Devices.Cpu;

/// <summary>The product of one time step: few rows, weights in panels packed beforehand.</summary>
internal static unsafe class StepProduct<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    // Rows a tile block passes over a panel piece before the next piece: the partial sums, 48 × 64 floats, stay in L1.
    private const int RowsInL1 = 48;

    /// <summary>Floats of scratch for one member.</summary>
    public static int ScratchLength => RowsInL1 * MicroKernel<S, V>.PanelWidth;

    /// <summary>C = init + A·B, or C += mask∘(A·B), for some rows and panels.</summary>
    /// <param name="a">[rows, depth], <paramref name="aWidth"/> from row to row.</param>
    /// <param name="init">Start of the sums at init + row·<paramref name="initRow"/> (0: a bias; C itself: C += A·B), or null.</param>
    /// <param name="mask">[rows, columns] as C, or null.</param>
    public static void Run(
        (int From, int To) rows, (int From, int To) panels, int columns, int depth, float* a, int aWidth, float* packed, float* init, nint initRow,
        float* mask, float* c, int cWidth, float* scratch)
    {
        for (int panel = panels.From; panel < panels.To; panel++)
        {
            int column = panel * MicroKernel<S, V>.PanelWidth;
            int vecs = CpuGemm<S, V>.PanelVectors(column, columns);
            int width = vecs * S.Count;
            int valid = Math.Min(width, columns - column);
            float* weights = packed + (long)column * depth;
            bool inPlace = valid == width && mask == null;
            for (int row = rows.From; row < rows.To; row += RowsInL1)
            {
                int count = Math.Min(RowsInL1, rows.To - row);
                long at = (long)row * cWidth + column;
                float* start = init == null ? null : init + row * initRow + column;
                float* to = inPlace ? c + at : scratch;
                int toWidth = inPlace ? cWidth : width;
                Multiply(a + (long)row * aWidth, aWidth, count, weights, vecs, depth, start, initRow, to, toWidth);
                if (mask != null)
                {
                    AddMasked(count, valid, scratch, width, mask + at, c + at, cWidth);
                }
                else if (!inPlace)
                {
                    LstmCell<S, V>.StoreRows(count, valid, width, scratch, c + at, cWidth);
                }
            }
        }
    }

    private static void Multiply(float* a, int aWidth, int rows, float* panel, int vecs, int depth, float* init, nint initRow, float* c, int cWidth)
    {
        var tiles = new RowTiles(rows, S.TileRows);
        for (int k = 0; k < depth; k += CpuGemm<S, V>.DepthInL1)
        {
            int piece = Math.Min(CpuGemm<S, V>.DepthInL1, depth - k);
            for (int tile = 0; tile < tiles.Count; tile++)
            {
                (int r, int height) = tiles[tile];
                float* to = c + (long)r * cWidth;
                float* from = k > 0 ? to : init == null ? null : init + r * initRow;
                nint fromRow = k > 0 ? cWidth : initRow;
                MicroKernel<S, V>.Run(
                    height, vecs, a + (long)r * aWidth + k, aWidth, 1, panel + (long)k * vecs * S.Count, piece, from, fromRow, S.Count, to, cWidth, S.Count);
            }
        }
    }

    private static void AddMasked(int rows, int valid, float* sums, int width, float* mask, float* c, int cWidth)
    {
        for (int r = 0; r < rows; r++, sums += width, mask += cWidth, c += cWidth)
        {
            for (int n = 0; n < valid; n += S.Count)
            {
                Lanes<S, V>.Store(S.Fma(S.Load(mask + n), S.Load(sums + n), S.Load(c + n)), c + n, valid - n);
            }
        }
    }
}
