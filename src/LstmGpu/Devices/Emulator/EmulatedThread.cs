using System.Runtime.InteropServices;
using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>What a kernel thread waits for.</summary>
internal enum Wait
{
    None,
    Barrier,
    Broadcast,
    WarpBarrier,
    Shuffle,
    ClusterBarrier,
}

/// <summary>One thread of the group that runs.</summary>
internal sealed unsafe class EmulatedThread : KernelThread
{
    private readonly GroupRun run;
    private readonly ResidentGroup group;
    private readonly List<nint> local = [];
    private void* own;
    private void* received;
    private int bytes;
    private int source;
    private bool gathers;

    public EmulatedThread(GroupRun run, ResidentGroup group, LaunchShape shape, int linearIndex)
    {
        (this.run, this.group) = (run, group);
        GridSize = shape.Grid;
        GroupSize = shape.Group;
        LinearIndex = linearIndex;
        Index = Unfold(linearIndex, shape.Group);
    }

    public ResidentGroup Group => group;

    /// <summary>The worker on whose stack this thread stands; none before it has begun.</summary>
    public EmulatorWorker? Worker { get; set; }

    public bool Finished { get; private set; }

    public Wait Waits { get; set; }

    /// <summary>Warp barriers passed: accesses of one warp on the two sides of one are ordered.</summary>
    public int WarpPhase { get; set; }

    public int WarpIndex => LinearIndex / WarpSize;

    public static Index3D Unfold(long linear, Index3D size) =>
        new((int)(linear % size.X), (int)(linear / size.X % size.Y), (int)(linear / ((long)size.X * size.Y)));

    public void Enter(Index3D group)
    {
        GroupIndex = group;
        Worker = null;
        Finished = false;
        Waits = Wait.None;
        WarpPhase = 0;
        Copies.Clear();
    }

    public void Finish()
    {
        Finished = true;
        Waits = Wait.None;
        local.ForEach(address => NativeMemory.Free((void*)address));
        local.Clear();
    }

    public override void GroupBarrier() => run.Await(this, Wait.Barrier);

    public override void ClusterBarrier() => run.Await(this, Wait.ClusterBarrier);

    public override void Pause() => run.Pause(this);

    public override int ClusterRank => group.Rank;

    public override int ClusterSize => run.Cluster.Count;

    public override ArrayView<T> OfCluster<T>(ArrayView<T> own, int rank)
    {
        if ((uint)rank >= (uint)ClusterSize)
        {
            throw new InvalidOperationException($"reads the shared memory of group {rank} of a cluster of {ClusterSize}");
        }
        return run.Cluster[rank].Memory.SameAs(own, group.Memory);
    }

    public override void WarpBarrier() => run.Await(this, Wait.WarpBarrier);

    public override void ExchangeInWarp(ReadOnlySpan<byte> own, int lane, Span<byte> received)
    {
        int firstOfWarp = LinearIndex - (LinearIndex % WarpSize);
        int lanes = Math.Min(WarpSize, GroupSize.Size - firstOfWarp);
        if (lane >= lanes)
        {
            throw new InvalidOperationException($"reads lane {lane} of a warp that has {lanes} threads; its value is undefined on a device");
        }
        Exchange(Wait.Shuffle, own, lane < 0 ? LinearIndex : firstOfWarp + lane, received);
    }

    public override void GatherInWarp(ReadOnlySpan<byte> own, Span<byte> all)
    {
        int firstOfWarp = LinearIndex - (LinearIndex % WarpSize);
        if (GroupSize.Size - firstOfWarp < WarpSize)
        {
            throw new InvalidOperationException($"an operation of the whole warp is reached by a warp of {GroupSize.Size - firstOfWarp} threads");
        }
        gathers = true;
        Exchange(Wait.Shuffle, own, firstOfWarp, all);
        gathers = false;
    }

    public override void ExchangeInGroup(ReadOnlySpan<byte> own, int thread, Span<byte> received)
    {
        if ((uint)thread >= (uint)GroupSize.Size)
        {
            throw new InvalidOperationException($"broadcast from thread {thread} of a group of {GroupSize.Size}");
        }
        Exchange(Wait.Broadcast, own, thread, received);
    }

    /// <summary>Hands over what the thread asked for; all of its partners stand still.</summary>
    public void Receive(EmulatedThread[] group)
    {
        for (int lane = 0; lane < (gathers ? WarpSize : 1); lane++)
        {
            var from = group[source + lane];
            if (from.bytes != bytes || from.gathers != gathers)
            {
                throw new InvalidOperationException($"exchanges {bytes} bytes with thread {source + lane}, which exchanges {from.bytes}");
            }
            new ReadOnlySpan<byte>(from.own, bytes).CopyTo(new Span<byte>((byte*)received + (lane * bytes), bytes));
        }
    }

    public override ArrayView<T> AllocateShared<T>(int length, string file, int line) =>
        group.Memory.Allocate<T>(this, length, file, line, group.Races is not null);

    public override ArrayView<T> DynamicShared<T>() => group.Memory.Dynamic<T>(group.Races is not null);

    public override ArrayView<T> AllocateLocal<T>(int length)
    {
        nuint size = (nuint)length * (nuint)sizeof(T);
        void* address = NativeMemory.Alloc(size);
        local.Add((nint)address);
        NativeMemory.Fill(address, size, SharedArena.Unwritten);
        return new((T*)address, length);
    }

    public override void Touch(void* address, int bytes) => group.Races?.Touch(address, bytes);

    public override void Atomic(void* address, int bytes) => group.Races?.Atomic(address, bytes);

    private void Exchange(Wait wait, ReadOnlySpan<byte> own, int source, Span<byte> received)
    {
        this.source = source;
        bytes = own.Length;
        fixed (byte* from = own, to = received)
        {
            this.own = from;
            this.received = to;
            run.Await(this, wait);
        }
    }
}
