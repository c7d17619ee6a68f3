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

    /// <summary>Floats of a tile of A and of B, in either order.</summary>
    public const int RowsLength = Rows * StrideAlongK, ColumnsLength = Columns * StrideAlongK;

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
