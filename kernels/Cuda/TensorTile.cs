using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// Tiles of the tensor-core product in shared memory, as they lie in global memory: an operand whose rows lie along k as [i,16], else as [16,i]. Rows are longer than
/// what they hold by what keeps the lanes that read a fragment in different banks: 20·g + t and 8·t + g are 32 different ones.
/// </summary>
internal static class TensorTile
{
    public const int Threads = 128;

    public const int Rows = 128;

    public const int Columns = 64;

    /// <summary>Steps of k in a tile.</summary>
    public const int Depth = 16;

    /// <summary>Tiles of an operand: one is computed with while the others arrive.</summary>
    public const int Stages = 3;

    private const int StrideAlongK = Depth + 4;

    // In words, of rows of B in 16 bits: 12·g + t and 8·t + g/2 are different banks.
    private const int StoredStrideAlongK = (Depth / 2) + 4, StoredStrideAcrossK = (Columns / 2) + 4;

    /// <summary>Floats of a tile of A and of B, in either order.</summary>
    public const int RowsLength = Rows * StrideAlongK, ColumnsLength = Columns * StrideAlongK;

    /// <summary>Floats of a tile of a B of 16 bits, in either order.</summary>
    public const int StoredLength = Columns * StoredStrideAlongK;

    /// <summary>Words of a row of so many operands: those of 16 bits fill whole copies of 16 bytes.</summary>
    public static int Words(SpecializedValue<int> form, int operands) => form == Rounding.Tf32 ? operands : (operands + 7) / 8 * 4;

    /// <summary>Begins to copy tile[i,d] = source[first+i, k0+d], 0 outside: an operand whose rows lie along k.</summary>
    public static void CopyAlongK(
        SpecializedValue<int> width,
        ArrayView<float> tile,
        int at,                    // where the tile begins
        ArrayView<float> source,   // [rows,k]
        int first,
        int rows,
        int k0,
        int kEnd,
        int k,
        bool byFours,              // k and the source's first element are multiples of 4
        int thread)
    {
        int chunks = width * Depth / (4 * Threads);
        for (int n = 0; n < chunks; n++)
        {
            int chunk = thread + (n * Threads);
            int i = chunk / (Depth / 4);
            int d = chunk % (Depth / 4) * 4;
            long row = (long)(first + i) * k;
            Copy(tile, at + (i * StrideAlongK) + d, source, row + k0 + d, first + i < rows ? kEnd - k0 - d : 0, byFours);
        }
    }

    /// <summary>Begins to copy tile[d,i] = source[k0+d, first+i], 0 outside: an operand whose rows lie across k.</summary>
    public static void CopyAcrossK(
        SpecializedValue<int> width,
        SpecializedValue<bool> padded,
        ArrayView<float> tile,
        int at,
        ArrayView<float> source,   // [k,columns]
        int first,
        int columns,
        int k0,
        int kEnd,
        bool byFours,              // columns and the source's first element are multiples of 4
        ArrayView<int> lengths,    // [batch], padded: row k is step k / batch of the sequence k % batch, and 0 beyond its length
        int batch,
        int thread)
    {
        int chunks = width * Depth / (4 * Threads);
        for (int n = 0; n < chunks; n++)
        {
            int chunk = thread + (n * Threads);
            int d = chunk / (width / 4);
            int i = chunk % (width / 4) * 4;
            int row = k0 + d;
            bool counts = row < kEnd;
            if (padded && counts)
            {
                counts = row / batch < lengths[row % batch];
            }
            Copy(tile, at + (d * (width + 8)) + i, source, ((long)row * columns) + first + i, counts ? columns - first - i : 0, byFours);
        }
    }

    /// <summary>As <see cref="CopyAlongK"/>, of a B of 16 bits. A thread copies 8 of them.</summary>
    public static void CopyStoredAlongK(ArrayView<float> tile, int at, ArrayView<float> source, int first, int rows, int k0, int words, int thread)
    {
        int i = thread / 2;
        int d = thread % 2 * 4;
        long row = (long)(first + i) * words;
        Copy(tile, at + (i * StoredStrideAlongK) + d, source, row + (k0 / 2) + d, first + i < rows ? words - (k0 / 2) - d : 0, byFours: true);
    }

    /// <summary>As <see cref="CopyAcrossK"/>, of a B of 16 bits. A thread copies 8 of them.</summary>
    public static void CopyStoredAcrossK(ArrayView<float> tile, int at, ArrayView<float> source, int first, int k0, int kEnd, int words, int thread)
    {
        int d = thread / 8;
        int i = thread % 8 * 4;
        long row = (long)(k0 + d) * words;
        Copy(tile, at + (d * StoredStrideAcrossK) + i, source, row + (first / 2) + i, k0 + d < kEnd ? words - (first / 2) - i : 0, byFours: true);
    }

    /// <summary>The two registers of B of one column, from a tile of 16 bits: k 2t and 2t+1, then 8 further.</summary>
    public static void LoadStored(SpecializedValue<bool> acrossK, ArrayView<float> tile, int at, ArrayView<uint> fragments, int to, int column, int t)
    {
        if (acrossK)
        {
            ArrayView<ushort> halves = tile.Cast<ushort>();
            int first = (2 * at) + (2 * t * 2 * StoredStrideAcrossK) + column;
            fragments[to] = halves[first] | ((uint)halves[first + (2 * StoredStrideAcrossK)] << 16);
            fragments[to + 1] = halves[first + (16 * StoredStrideAcrossK)] | ((uint)halves[first + (18 * StoredStrideAcrossK)] << 16);
        }
        else
        {
            ArrayView<uint> words = tile.Cast<uint>();
            fragments[to] = words[at + (column * StoredStrideAlongK) + t];
            fragments[to + 1] = words[at + (column * StoredStrideAlongK) + t + 4];
        }
    }

    /// <summary>Element [i,k] of a tile as <see cref="CopyAlongK"/> or <see cref="CopyAcrossK"/> left it.</summary>
    public static float Element(SpecializedValue<bool> acrossK, SpecializedValue<int> width, ArrayView<float> tile, int at, int i, int k) =>
        tile[at + (acrossK ? (k * (width + 8)) + i : (i * StrideAlongK) + k)];

    /// <summary>Two operands of bf16 or fp16, at k and k+1, in one register.</summary>
    public static uint Pair(
        SpecializedValue<int> form, SpecializedValue<bool> acrossK, SpecializedValue<int> width, ArrayView<float> tile, int at, int i, int k) =>
        TensorCore.Pair(form, Element(acrossK, width, tile, at, i, k), Element(acrossK, width, tile, at, i, k + 1));

    /// <summary>Begins to copy four elements, of which so many are inside; the others are 0. By fours it is all or none of them.</summary>
    public static void Copy(ArrayView<float> tile, int to, ArrayView<float> source, long from, int inside, bool byFours)
    {
        if (byFours)
        {
            AsyncCopy.Four(tile, to, source, inside > 0 ? from : 0, inside > 0);
        }
        else
        {
            for (int n = 0; n < 4; n++)
            {
                AsyncCopy.One(tile, to + n, source, inside > n ? from + n : 0, inside > n);
            }
        }
    }
}
