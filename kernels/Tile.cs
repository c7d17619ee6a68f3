using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// The register-blocked product that every matrix kernel is built on: a group of 16×16 threads computes a tile of 16·R rows × 64 columns, a thread
/// R rows × 4 columns of it. Shared memory holds 16 steps of k of both operands, k-major: <c>tile[d,i]</c> is element i of step k0+d.
/// </summary>
internal static class Tile
{
    /// <summary>Threads of a group along each axis.</summary>
    public const int Threads = 16;

    public const int Columns = 64;

    /// <summary>Rows of the tile where a thread has 4.</summary>
    public const int Rows = 64;

    public const int Depth = 16;

    /// <summary>A row of a tile is longer than what it holds: threads that store down a column would meet in one bank of shared memory.</summary>
    public const int Stride = Columns + 4;

    public const int Length = Depth * Stride;

    /// <summary>tile[d,i] = source[first+i, k0+d] in a form of <see cref="Rounding"/>, 0 outside: an operand whose rows lie along k.</summary>
    public static void LoadAlongK(
        SpecializedValue<int> form,
        ArrayView<float> tile,     // [16,Stride]
        ArrayView<float> source,   // [rows,k]
        int first,
        int rows,
        int k0,
        int k,
        int perThread,             // 1/16 of the tile's width: 1 or 4
        int thread)
    {
        int i = thread * perThread / Depth;
        int d = thread * perThread % Depth;
        if (first + (perThread * Threads) <= rows && k0 + Depth <= k)
        {
            long at = ((long)(first + i) * k) + k0 + d;
            for (int n = 0; n < perThread; n++)
            {
                tile[((d + n) * Stride) + i] = Rounding.Load(form, source, at + n);
            }
        }
        else
        {
            for (int n = 0; n < perThread; n++)
            {
                bool isInside = first + i < rows && k0 + d + n < k;
                tile[((d + n) * Stride) + i] = isInside ? Rounding.Load(form, source, ((long)(first + i) * k) + k0 + d + n) : 0f;
            }
        }
    }

    /// <summary>tile[d,i] = source[k0+d, first+i] in a form of <see cref="Rounding"/>, 0 outside: an operand whose rows lie across k.</summary>
    public static void LoadAcrossK(
        SpecializedValue<int> form,
        ArrayView<float> tile,     // [16,Stride]
        ArrayView<float> source,   // [k,columns]
        int first,
        int columns,
        int k0,
        int k,
        int perThread,             // 1/16 of the tile's width: 1 or 4
        int thread)
    {
        int d = thread / Threads;
        int i = thread % Threads * perThread;
        if (first + (perThread * Threads) <= columns && k0 + Depth <= k)
        {
            long at = ((long)(k0 + d) * columns) + first + i;
            for (int n = 0; n < perThread; n++)
            {
                tile[(d * Stride) + i + n] = Rounding.Load(form, source, at + n);
            }
        }
        else
        {
            for (int n = 0; n < perThread; n++)
            {
                bool isInside = k0 + d < k && first + i + n < columns;
                tile[(d * Stride) + i + n] = isInside ? Rounding.Load(form, source, ((long)(k0 + d) * columns) + first + i + n) : 0f;
            }
        }
    }

    /// <summary>tile[d,:] = 0 where row k0+d lies beyond its sequence's length: each thread what <see cref="LoadAcrossK"/> let it store, 4 per thread.</summary>
    public static void ClearPadded(ArrayView<float> tile, ArrayView<int> lengths, int batch, int k0, int k, int thread)
    {
        int d = thread / Threads;
        int row = k0 + d;
        if (row < k && row / batch >= lengths[row % batch])
        {
            for (int n = 0; n < 4; n++)
            {
                tile[(d * Stride) + (thread % Threads * 4) + n] = 0f;
            }
        }
    }

    public static void Clear(ArrayView<float> sums)
    {
        for (int n = 0; n < 16; n++)
        {
            sums[n] = 0f;
        }
    }

    /// <summary>sums[r,c] += Σ_d a[d, 4·y+r]·b[d, 4·x+c] for 4 rows and 4 columns.</summary>
    public static void MultiplyFourRows(ArrayView<float> a, ArrayView<float> b, ArrayView<float> sums, int x, int y)
    {
        ArrayView<Float4> rows = a.Cast<Float4>();
        ArrayView<Float4> columns = b.Cast<Float4>();
        for (int d = 0; d < Depth; d++)
        {
            Float4 left = rows[(d * (Stride / 4)) + y];
            Float4 right = columns[(d * (Stride / 4)) + x];
            AddRow(sums, 0, left.X, right);
            AddRow(sums, 4, left.Y, right);
            AddRow(sums, 8, left.Z, right);
            AddRow(sums, 12, left.W, right);
        }
    }

    /// <summary>sums[0,c] += Σ_d a[d,y]·b[d, 4·x+c] for one row and 4 columns.</summary>
    public static void MultiplyOneRow(ArrayView<float> a, ArrayView<float> b, ArrayView<float> sums, int x, int y)
    {
        ArrayView<Float4> columns = b.Cast<Float4>();
        for (int d = 0; d < Depth; d++)
        {
            AddRow(sums, 0, a[(d * Stride) + y], columns[(d * (Stride / 4)) + x]);
        }
    }

    private static void AddRow(ArrayView<float> sums, int at, float left, Float4 right)
    {
        sums[at] += left * right.X;
        sums[at + 1] += left * right.Y;
        sums[at + 2] += left * right.Z;
        sums[at + 3] += left * right.W;
    }
}
