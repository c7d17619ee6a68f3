using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// <see cref="ExchangeKernels"/> within clusters: each group keeps its share in its own shared memory and reads the others' there after a barrier of the
/// cluster. Two halves take turns, so one barrier a round is enough. The hardware's barrier cannot be missed by a group that runs, so nothing looks in vain.
/// </summary>
internal static class ClusterKernels
{
    public const int Threads = ExchangeKernels.Threads;

    /// <summary>Words of a group's share at most.</summary>
    public const int MostOfGroup = 4096;

    [Kernel(Threads, ComputeCapability = 90, Cluster = 2)]
    public static void ExchangeOfTwo(ArrayView<uint> sums, int words, int rounds)
    {
        ArrayView<uint> halves = SharedMemory.Allocate<uint>(2 * MostOfGroup);
        Exchange(halves, sums, words, rounds);
    }

    [Kernel(Threads, ComputeCapability = 90, Cluster = 4)]
    public static void ExchangeOfFour(ArrayView<uint> sums, int words, int rounds)
    {
        ArrayView<uint> halves = SharedMemory.Allocate<uint>(2 * MostOfGroup);
        Exchange(halves, sums, words, rounds);
    }

    [Kernel(Threads, ComputeCapability = 90, Cluster = 8)]
    public static void ExchangeOfEight(ArrayView<uint> sums, int words, int rounds)
    {
        ArrayView<uint> halves = SharedMemory.Allocate<uint>(2 * MostOfGroup);
        Exchange(halves, sums, words, rounds);
    }

    /// <summary>With no words it is a barrier per round.</summary>
    /// <param name="halves">[2,MostOfGroup], shared.</param>
    /// <param name="sums">[groups·Threads], of all words that a thread was brought.</param>
    /// <param name="words">Of a round, a multiple of four times the groups of a cluster.</param>
    private static void Exchange(ArrayView<uint> halves, ArrayView<uint> sums, int words, int rounds)
    {
        int rank = Cluster.Rank();
        int size = Cluster.Size();
        int share = words / size;
        uint sum = 0u;
        uint x = 0u;
        uint y = 0u;
        uint z = 0u;
        uint w = 0u;
        for (int round = 0; round < rounds; round++)
        {
            int half = round % 2 * MostOfGroup;
            for (int i = Group.IdxX; i < share; i += Threads)
            {
                halves[half + i] = ExchangeKernels.Word(round, words, (rank * share) + i);
            }
            Cluster.Barrier();
            for (int n = 0; n < size; n++)
            {
                // Each begins with its own, so that not all ask the same group at once.
                int other = (rank + n) % size;
                for (int i = 4 * Group.IdxX; i < share; i += 4 * Threads)
                {
                    Cluster.LoadFour(halves, half + i, other, ref x, ref y, ref z, ref w);
                    sum += x + y + z + w;
                }
            }
        }
        // Nobody leaves while his memory is read.
        Cluster.Barrier();
        sums[(Grid.IdxX * Threads) + Group.IdxX] = sum;
    }
}
