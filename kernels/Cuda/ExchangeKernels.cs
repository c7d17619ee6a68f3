using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// What a step of a recurrence costs that is spread over the groups of a device: each publishes its share of a history, then all of it goes to every group.
/// Three ways to know that it is there. A launch is measured, and its sums tell whether every word came to every group.
/// </summary>
internal static class ExchangeKernels
{
    public const int Threads = 256;

    /// <summary>A barrier as grid.sync of cooperative groups: a fence, one counter whose highest bit turns over, a fence.</summary>
    public const int GridSync = 0;

    /// <summary>A counter that is added to with release and looked at with acquire.</summary>
    public const int Counters = 1;

    /// <summary>No barrier: the history holds <see cref="Empty"/> until a word is written, and whoever wants it looks until it is not.</summary>
    public const int SelfValidating = 2;

    public const uint Empty = 0xFFFFFFFF;

    /// <summary>In the state: the counter, and whether somebody gave up; each in a line of the cache of its own.</summary>
    public const int Counter = 0, GaveUp = 32, StateLength = 64;

    /// <summary>Word i of round r.</summary>
    public static uint Word(int round, int words, int i) => (uint)((round * words) + i) & 0x7FFFFFFFu;

    /// <summary>With no words it is a barrier per round.</summary>
    /// <param name="batch">Vectors of four words that a thread asks for before it looks at the first.</param>
    /// <param name="words">Of a round, a multiple of 4·batch·Threads.</param>
    /// <param name="polls">How often a thread looks in vain before it gives up waiting, in all rounds together.</param>
    [Kernel(Threads, ComputeCapability = 70, Cooperative = true)]
    public static void Exchange(
        [Values(GridSync, Counters, SelfValidating)] SpecializedValue<int> way,
        [Values(2, 4, 8)] SpecializedValue<int> batch,
        ArrayView<uint> state,     // [StateLength], zeros
        ArrayView<uint> history,   // [rounds,words], Empty where it validates itself
        ArrayView<uint> sums,      // [groups·Threads], of all words that a thread was brought
        int words,
        int rounds,
        int polls)
    {
        ArrayView<uint> brought = LocalMemory.Allocate<uint>(4 * batch);
        int vectors = words / 4;
        int begin = (int)((long)vectors * Grid.IdxX / Grid.DimX);
        int end = (int)((long)vectors * (Grid.IdxX + 1) / Grid.DimX);
        int left = polls;
        uint sum = 0u;
        for (int round = 0; round < rounds; round++)
        {
            long row = (long)round * words;
            for (int v = begin + Group.IdxX; v < end; v += Threads)
            {
                Coherent.StoreFour(
                    history, row + (4L * v), Word(round, words, 4 * v), Word(round, words, (4 * v) + 1), Word(round, words, (4 * v) + 2), Word(round, words, (4 * v) + 3));
            }
            if (way == GridSync)
            {
                left = WaitForGrid(state, left);
            }
            if (way == Counters)
            {
                left = WaitForCounter(state, (uint)(round + 1) * (uint)Grid.DimX, left);
            }
            for (int v = Group.IdxX; v < vectors; v += batch * Threads)
            {
                left = Gather(way, batch, history, row, v, brought, left);
                for (int i = 0; i < 4 * batch; i++)
                {
                    sum += brought[i];
                }
            }
            if (words > 0)
            {
                // A step needs all of what came before it says anything.
                Group.Barrier();
            }
        }
        sums[(Grid.IdxX * Threads) + Group.IdxX] = sum;
        if (left == 0)
        {
            state[GaveUp] = 1u;
        }
    }

    // The first group adds what makes the highest bit turn over when all have come.
    private static int WaitForGrid(ArrayView<uint> state, int left)
    {
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            uint mine = Grid.IdxX == 0 ? 0x80000000u - (uint)(Grid.DimX - 1) : 1u;
            MemoryFence.DeviceLevel();
            uint before = Atomic.Add(ref state[Counter], mine);
            uint now = Coherent.Load(state, Counter);
            while (((before ^ now) & 0x80000000u) == 0u && left > 0)
            {
                left--;
                Coherent.Pause();
                now = Coherent.Load(state, Counter);
            }
            MemoryFence.DeviceLevel();
        }
        Group.Barrier();
        return left;
    }

    private static int WaitForCounter(ArrayView<uint> state, uint all, int left)
    {
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            Coherent.AddRelease(state, Counter, 1u);
            uint now = Coherent.LoadAcquire(state, Counter);
            while (now < all && left > 0)
            {
                left--;
                Coherent.Pause();
                now = Coherent.LoadAcquire(state, Counter);
            }
        }
        Group.Barrier();
        return left;
    }

    // Vectors v, v + Threads, … of the row.
    private static int Gather(SpecializedValue<int> way, SpecializedValue<int> batch, ArrayView<uint> history, long row, int v, ArrayView<uint> brought, int left)
    {
        bool isThere = false;
        while (!isThere)
        {
            for (int i = 0; i < batch; i++)
            {
                Coherent.LoadFour(history, row + (4L * (v + (i * Threads))), ref brought[4 * i], ref brought[(4 * i) + 1], ref brought[(4 * i) + 2], ref brought[(4 * i) + 3]);
            }
            isThere = true;
            if (way == SelfValidating && left > 0)
            {
                for (int i = 0; i < 4 * batch; i++)
                {
                    isThere = isThere && brought[i] != Empty;
                }
                if (!isThere)
                {
                    left--;
                    Coherent.Pause();
                }
            }
        }
        return left;
    }
}
