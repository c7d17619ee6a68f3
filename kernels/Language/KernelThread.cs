using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// What the language asks of the thread that runs it in .NET. A scheduler makes one per member of a group and sets <see cref="Current"/>
/// on whichever operating-system thread runs that member.
/// </summary>
internal abstract unsafe class KernelThread
{
    public const int WarpSize = 32;

    [ThreadStatic]
    private static KernelThread? current;

    public static KernelThread Current
    {
        get => current ?? throw new InvalidOperationException("a kernel's Grid, Group, Warp or memory was used outside a launch; start it through a device");
        set => current = value;
    }

    /// <summary>No kernel runs on this operating-system thread any more.</summary>
    public static void Leave() => current = null;

    public Index3D GridSize { get; protected set; }

    public Index3D GroupSize { get; protected set; }

    public Index3D GroupIndex { get; protected set; }

    public Index3D Index { get; protected set; }

    /// <summary>x fastest, then y, then z; warps are 32 consecutive threads of this order.</summary>
    public int LinearIndex { get; protected set; }

    /// <summary>Asynchronous copies that this thread has begun.</summary>
    public AsyncCopies Copies { get; } = new();

    public abstract void GroupBarrier();

    public abstract void WarpBarrier();

    /// <summary>Waits for the warp, then copies what <paramref name="lane"/> brought; a negative lane means one's own.</summary>
    public abstract void ExchangeInWarp(ReadOnlySpan<byte> own, int lane, Span<byte> received);

    /// <summary>Waits for the warp, which is whole, then copies what its lanes brought, one after another.</summary>
    public abstract void GatherInWarp(ReadOnlySpan<byte> own, Span<byte> all);

    /// <summary>Waits for the group, then copies what the thread with that linear index brought.</summary>
    public abstract void ExchangeInGroup(ReadOnlySpan<byte> own, int thread, Span<byte> received);

    /// <summary>Lets the other threads run: what this one waits for is in memory.</summary>
    public abstract void Pause();

    /// <summary>Which group of its cluster this is.</summary>
    public abstract int ClusterRank { get; }

    public abstract int ClusterSize { get; }

    public abstract void ClusterBarrier();

    /// <summary>What stands at the place of <paramref name="own"/>, which is shared memory, in another group of the cluster.</summary>
    public abstract ArrayView<T> OfCluster<T>(ArrayView<T> own, int rank) where T : unmanaged;

    public abstract ArrayView<T> AllocateShared<T>(int length, string file, int line) where T : unmanaged;

    public abstract ArrayView<T> DynamicShared<T>() where T : unmanaged;

    public abstract ArrayView<T> AllocateLocal<T>(int length) where T : unmanaged;

    /// <summary>A reference to watched memory was taken.</summary>
    public abstract void Touch(void* address, int bytes);

    /// <summary>The memory that was touched last is changed by an atomic operation; called after the change.</summary>
    public abstract void Atomic(void* address, int bytes);
}
