using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>A group that runs: its threads, which are used for one group after another, its memory, and how many of its threads have come to each wait.</summary>
internal sealed class ResidentGroup : IDisposable
{
    private readonly int warps;
    private readonly int[] arrived;

    public ResidentGroup(GroupRun run, LaunchShape shape, int rank, SharedArena memory, bool findRaces)
    {
        (Rank, Memory) = (rank, memory);
        Races = findRaces ? new RaceWatch(memory) : null;
        Threads = [.. Enumerable.Range(0, shape.Group.Size).Select(n => new EmulatedThread(run, this, shape, n))];
        warps = (Threads.Length + KernelThread.WarpSize - 1) / KernelThread.WarpSize;
        arrived = new int[((int)Wait.Shuffle + 1) * warps];
    }

    /// <summary>Its place among the groups that run at once.</summary>
    public int Rank { get; }

    public SharedArena Memory { get; }

    public RaceWatch? Races { get; }

    public EmulatedThread[] Threads { get; }

    public void Enter(ILGPU.Index3D index)
    {
        Memory.Clear();
        Races?.BeginGroup();
        foreach (EmulatedThread thread in Threads)
        {
            thread.Enter(index);
        }
    }

    /// <summary>Those that a thread waits for, itself among them.</summary>
    public Span<EmulatedThread> Partners(EmulatedThread thread, Wait wait, out int counter)
    {
        bool inWarp = wait is Wait.WarpBarrier or Wait.Shuffle;
        counter = ((int)wait * warps) + (inWarp ? thread.WarpIndex : 0);
        int first = inWarp ? thread.WarpIndex * KernelThread.WarpSize : 0;
        return Threads.AsSpan(first, inWarp ? Math.Min(KernelThread.WarpSize, Threads.Length - first) : Threads.Length);
    }

    /// <summary>One more has come; true for the last, and the count begins anew.</summary>
    public bool Arrive(int counter, int partners)
    {
        if (++arrived[counter] < partners)
        {
            return false;
        }
        arrived[counter] = 0;
        return true;
    }

    public void Dispose() => Memory.Dispose();
}
