using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// The recurrent product of one time step on tensor cores. Weights are the operand A, in tiles of 16 rows; the batch is B, 8 of its rows to an instruction. The
/// warps of a group share k: each takes every fourth block of 16, and what they have summed is added in their order.
/// </summary>
/// <remarks>
/// A lane copies, waits for and reads only what is its own, so the loop over k has no barrier. For that the weights are packed as fragments: the 4 registers of
/// a lane side by side, lane after lane. The k of a block are permuted alike in both operands, so that a lane's part of a row of the batch is 4 words side by
/// side: lane 4g+t has words 4t…4t+3 of row g. A word is one k in tf32 and two in the forms of 16 bits; the first two words are those of the block's first
/// fragment, the others those of its second.
/// </remarks>
internal static class LstmTensorTile
{
    public const int Threads = Warps * 32;

    /// <summary>Words of a row of the batch that a warp takes at once.</summary>
    public const int Depth = 16;

    /// <summary>Fragments of a tile and a block of k.</summary>
    public const int PerTile = 2;

    /// <summary>Words of a fragment of weights, and of 8 rows of the batch.</summary>
    public const int Fragment = 4 * 32;

    /// <summary>Rows of the batch of a group: for few of them, so that more groups are busy, and for many, so that each weight is read less often.</summary>
    public const int Narrow = 8, Middle = 16, Wide = 32;

    /// <summary>Shared memory of a group, in floats: what every device grants without asking.</summary>
    public const int Length = 48 * 1024 / 4;

    private const int Warps = 4;

    // Of the blocks of a warp that are computed with or under way.
    private const int MostStages = 8;

    /// <summary>sums[tile,j,:] = Σ_k weights·operand over the warp's part of k, as <see cref="TensorCore"/> has D: tile of weights, 8·j + … row of the batch.</summary>
    public static void Multiply(
        SpecializedValue<int> columns,   // rows of the batch
        SpecializedValue<int> form,
        SpecializedValue<int> tiles,     // of the group
        ArrayView<float> shared,         // [Length]
        ArrayView<float> sums,           // [tiles,columns/8,4]
        ArrayView<float> packed,         // [allTiles,blocks of k,PerTile,32,4]
        int firstTile,
        int allTiles,
        ArrayView<float> operand,        // [batch,words]: float32 for tf32, else in the form
        int firstRow,
        int batch,
        int words,
        bool byFours)                    // whether the operand's rows begin at multiples of 16 bytes
    {
        int across = columns / TensorCore.Columns;
        int fragments = (tiles * PerTile) + across;
        int room = Length / (Warps * Fragment * fragments);
        int stages = room < MostStages ? room : MostStages;
        int warp = Warp.WarpIdx;
        int first = warp * stages * fragments * Fragment;
        int blocks = (words + Depth - 1) / Depth;
        int count = (blocks + Warps - 1 - warp) / Warps;
        for (int n = 0; n < 4 * tiles * across; n++)
        {
            sums[n] = 0f;
        }
        for (int n = 0; n < stages - 1; n++)
        {
            if (n < count)
            {
                int at = first + (n * fragments * Fragment);
                Copy(columns, tiles, shared, at, packed, firstTile, allTiles, operand, firstRow, batch, words, warp + (n * Warps), blocks, byFours);
            }
            AsyncCopy.Commit();
        }
        for (int n = 0; n < count; n++)
        {
            AsyncCopy.Wait(SpecializedValue.New(stages - 2));
            int next = n + stages - 1;
            if (next < count)
            {
                int at = first + (next % stages * fragments * Fragment);
                Copy(columns, tiles, shared, at, packed, firstTile, allTiles, operand, firstRow, batch, words, warp + (next * Warps), blocks, byFours);
            }
            AsyncCopy.Commit();
            MultiplyBlock(columns, form, tiles, shared, first + (n % stages * fragments * Fragment), sums);
        }
    }

    /// <summary>Hands the warps' sums to <see cref="Total"/>.</summary>
    public static void Share(SpecializedValue<int> count, ArrayView<float> shared, ArrayView<float> sums)
    {
        Group.Barrier(); // no warp reads weights or batch any more
        for (int n = 0; n < count; n++)
        {
            shared[(n * Threads) + Group.IdxX] = sums[n];
        }
        Group.Barrier();
    }

    /// <summary>A sum of all warps: of its place among a lane's sums, and the lane of the caller.</summary>
    public static float Total(ArrayView<float> shared, int place)
    {
        int at = (place * Threads) + Warp.LaneIdx;
        float sum = shared[at];
        for (int warp = 1; warp < Warps; warp++)
        {
            sum += shared[at + (warp * 32)];
        }
        return sum;
    }

    private static void Copy(
        SpecializedValue<int> columns,
        SpecializedValue<int> tiles,
        ArrayView<float> shared,
        int at,
        ArrayView<float> packed,
        int firstTile,
        int allTiles,
        ArrayView<float> operand,
        int firstRow,
        int batch,
        int words,
        int block,
        int blocks,
        bool byFours)
    {
        int lane = Warp.LaneIdx;
        int to = at + (4 * lane);
        for (int tile = 0; tile < tiles; tile++)
        {
            bool isInside = firstTile + tile < allTiles;
            long from = ((((long)(firstTile + tile) * blocks) + block) * (PerTile * Fragment)) + (4 * lane);
            for (int part = 0; part < PerTile; part++)
            {
                AsyncCopy.Four(shared, to + (((tile * PerTile) + part) * Fragment), packed, isInside ? from + (part * Fragment) : 0, isInside);
            }
        }
        int column = (block * Depth) + (lane % 4 * 4);
        for (int j = 0; j < columns / TensorCore.Columns; j++)
        {
            int row = firstRow + (j * TensorCore.Columns) + (lane / 4);
            int inside = row < batch ? words - column : 0;
            TensorTile.Copy(shared, to + (((tiles * PerTile) + j) * Fragment), operand, ((long)row * words) + column, inside, byFours);
        }
    }

    private static void MultiplyBlock(
        SpecializedValue<int> columns, SpecializedValue<int> form, SpecializedValue<int> tiles, ArrayView<float> shared, int at, ArrayView<float> sums)
    {
        int across = columns / TensorCore.Columns;
        ArrayView<uint> right = LocalMemory.Allocate<uint>(4 * across);
        ArrayView<Float4> fours = shared.Cast<Float4>();
        int first = (at / 4) + Warp.LaneIdx;
        for (int j = 0; j < across; j++)
        {
            Float4 x = fours[first + (((tiles * PerTile) + j) * 32)];
            if (form == Rounding.Tf32)
            {
                right[4 * j] = TensorCore.Single(x.X);
                right[(4 * j) + 1] = TensorCore.Single(x.Y);
                right[(4 * j) + 2] = TensorCore.Single(x.Z);
                right[(4 * j) + 3] = TensorCore.Single(x.W);
            }
            else
            {
                right[4 * j] = Interop.FloatAsInt(x.X);
                right[(4 * j) + 1] = Interop.FloatAsInt(x.Y);
                right[(4 * j) + 2] = Interop.FloatAsInt(x.Z);
                right[(4 * j) + 3] = Interop.FloatAsInt(x.W);
            }
        }
        for (int part = 0; part < PerTile; part++)
        {
            for (int tile = 0; tile < tiles; tile++)
            {
                Float4 a = fours[first + (((tile * PerTile) + part) * 32)];
                for (int j = 0; j < across; j++)
                {
                    int sum = 4 * ((tile * across) + j);
                    TensorCore.MultiplyAdd(
                        form,
                        ref sums[sum],
                        ref sums[sum + 1],
                        ref sums[sum + 2],
                        ref sums[sum + 3],
                        Interop.FloatAsInt(a.X),
                        Interop.FloatAsInt(a.Y),
                        Interop.FloatAsInt(a.Z),
                        Interop.FloatAsInt(a.W),
                        right[(4 * j) + (2 * part)],
                        right[(4 * j) + (2 * part) + 1]);
                }
            }
        }
    }
}
