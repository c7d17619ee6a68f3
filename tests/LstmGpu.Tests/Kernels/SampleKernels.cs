using ILGPU;
using ILGPU.Runtime;
using LstmGpu.Kernels;

namespace LstmGpu.Tests.Kernels;

/// <summary>Small kernels, each with one idea of the language.</summary>
internal static class SampleKernels
{
    public const int Tile = 8;
    public const int Block = 64;

    [Kernel(Block)]
    public static void Add(
        ArrayView<float> a, // [N]
        ArrayView<float> b, // [N]
        ArrayView<float> sum, // [N]
        int n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n)
        {
            sum[i] = a[i] + b[i];
        }
    }

    [Kernel(Tile, Tile)]
    public static void Transpose(
        ArrayView<float> from, // [R,C]
        ArrayView<float> to, // [C,R]
        int rows,
        int columns)
    {
        var tile = SharedMemory.Allocate<float>(Tile * (Tile + 1));
        int column = (Grid.IdxX * Tile) + Group.IdxX;
        int row = (Grid.IdxY * Tile) + Group.IdxY;
        if (row < rows && column < columns)
        {
            tile[(Group.IdxY * (Tile + 1)) + Group.IdxX] = from[(row * columns) + column];
        }
        Group.Barrier();
        column = (Grid.IdxX * Tile) + Group.IdxY;
        row = (Grid.IdxY * Tile) + Group.IdxX;
        if (row < rows && column < columns)
        {
            to[(column * rows) + row] = tile[(Group.IdxX * (Tile + 1)) + Group.IdxY];
        }
    }

    [Kernel(Block)]
    public static void TreeSum(
        ArrayView<float> x, // [N]
        ArrayView<float> sums, // [groups]
        int n)
    {
        var partial = SharedMemory.Allocate<float>(Block);
        int i = Grid.GlobalIndex.X;
        partial[Group.IdxX] = i < n ? x[i] : 0f;
        Group.Barrier();
        for (int half = Block / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                partial[Group.IdxX] += partial[Group.IdxX + half];
            }
            Group.Barrier();
        }
        if (Group.IsFirstThread)
        {
            sums[Grid.IdxX] = partial[0];
        }
    }

    /// <summary>Lane 0 ends with x0 + (x1 + (x2 + …)): one chain in a fixed order, handed down the warp.</summary>
    [Kernel(32)]
    public static void ChainSum(
        ArrayView<float> x, // [32]
        ArrayView<float> sum) // [1]
    {
        float own = x[Warp.LaneIdx];
        float chain = own;
        for (int step = 1; step < Warp.WarpSize; step++)
        {
            float next = Warp.ShuffleDown(chain, 1);
            if (Warp.LaneIdx == Warp.WarpSize - 1 - step)
            {
                chain = own + next;
            }
        }
        if (Warp.IsFirstLane)
        {
            sum[0] = chain;
        }
    }

    /// <summary>Each warp's sum by exchange, in all of its lanes.</summary>
    [Kernel(Block)]
    public static void WarpSum(
        ArrayView<int> x, // [Block]
        ArrayView<int> sums) // [Block]
    {
        int sum = x[Group.IdxX];
        for (int mask = Warp.WarpSize / 2; mask > 0; mask /= 2)
        {
            sum += Warp.ShuffleXor(sum, mask);
        }
        sums[Group.IdxX] = sum;
    }

    /// <summary>Inclusive prefix sums: within warps by shuffles, across warps through shared memory.</summary>
    [Kernel(Block)]
    public static void PrefixSum(ArrayView<int> x) // [Block]
    {
        var totals = SharedMemory.Allocate<int>(Block / 32);
        int sum = x[Group.IdxX];
        for (int delta = 1; delta < Warp.WarpSize; delta *= 2)
        {
            int before = Warp.ShuffleUp(sum, delta);
            sum += Warp.LaneIdx >= delta ? before : 0;
        }
        if (Warp.LaneIdx == Warp.WarpSize - 1)
        {
            totals[Warp.WarpIdx] = sum;
        }
        Group.Barrier();
        for (int warp = 0; warp < Warp.WarpIdx; warp++)
        {
            sum += totals[warp];
        }
        x[Group.IdxX] = sum;
    }

    [Kernel(Block)]
    public static void Reverse(ArrayView<int> x) // [Group.DimX]
    {
        var copy = SharedMemory.GetDynamic<int>();
        copy[Group.IdxX] = x[Group.IdxX];
        Group.Barrier();
        x[Group.IdxX] = copy[Group.DimX - 1 - Group.IdxX];
    }

    [Kernel(3, 2)]
    public static void Where(ArrayView<int> place, int width) // [height, width]
    {
        var at = Grid.GlobalIndex;
        place[(at.Y * width) + at.X] = (Grid.IdxY * 1000) + (Grid.IdxX * 100) + (Group.IdxY * 10) + Group.IdxX;
    }

    [Kernel(Block)]
    public static void Count(
        ArrayView<int> x, // [N]
        ArrayView<int> bins, // [4]
        ArrayView<int> extremes) // [2] least, greatest
    {
        var local = SharedMemory.Allocate<int>(4);
        if (Group.IdxX < 4)
        {
            local[Group.IdxX] = 0;
        }
        Group.Barrier();
        int value = x[Grid.GlobalIndex.X];
        Atomic.Add(ref local[value & 3], 1);
        Atomic.Min(ref extremes[0], value);
        Atomic.Max(ref extremes[1], value);
        Group.Barrier();
        if (Group.IdxX < 4)
        {
            Atomic.Add(ref bins[Group.IdxX], local[Group.IdxX]);
        }
    }

    [Kernel(4)]
    public static void Scale(ArrayView<int> x, [Values(2, 7)] SpecializedValue<int> factor) => x[Group.IdxX] = factor * Group.IdxX; // [4]

    /// <summary>The tree without its barriers.</summary>
    [Kernel(Block)]
    public static void RacingSum(ArrayView<float> x) // [Block]
    {
        var partial = SharedMemory.Allocate<float>(Block);
        partial[Group.IdxX] = x[Group.IdxX];
        if (Group.IdxX < Block / 2)
        {
            partial[Group.IdxX] += partial[Group.IdxX + (Block / 2)];
        }
    }

    /// <summary>Neighbours exchange through shared memory, ordered by <paramref name="ordered"/> warp barriers or by nothing.</summary>
    [Kernel(32)]
    public static void Neighbour(ArrayView<int> x, int ordered) // [32]
    {
        var copy = SharedMemory.Allocate<int>(32);
        copy[Warp.LaneIdx] = x[Warp.LaneIdx];
        if (ordered != 0)
        {
            Warp.Barrier();
        }
        x[Warp.LaneIdx] = copy[Warp.LaneIdx ^ 1];
    }

    [Kernel(Block)]
    public static void SkipsBarrier(int from, int to)
    {
        if (Group.IdxX < from || Group.IdxX >= to)
        {
            Group.Barrier();
        }
    }
}
