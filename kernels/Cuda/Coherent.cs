using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// Global memory through which the groups of a running kernel speak to each other (sm_70): its words pass the cache of the multiprocessor by and are seen by
/// the whole device, in no order but the one that acquire and release make. Words of 32 bits; four at once begin at a multiple of 16 bytes, and each arrives by itself.
/// The kernel compiler knows this class: each method is one instruction of PTX. In the emulator one thread runs at a time, so there every order holds.
/// </summary>
internal static class Coherent
{
    /// <summary>ld.relaxed.</summary>
    public static uint Load(ArrayView<uint> from, long at) => from[at];

    /// <summary>ld.acquire: what its writer had done before a release is seen after it.</summary>
    public static uint LoadAcquire(ArrayView<uint> from, long at) => from[at];

    /// <summary>red.release: what the thread did before, and what it saw done before a barrier of its group, is seen by whoever acquires the sum.</summary>
    public static void AddRelease(ArrayView<uint> to, long at, uint value) => Atomic.Add(ref to[at], value);

    /// <summary>Four words from <paramref name="at"/> on: ld.relaxed.v4.</summary>
    public static void LoadFour(ArrayView<uint> from, long at, ref uint x, ref uint y, ref uint z, ref uint w)
    {
        RequireAligned(from, at);
        (x, y, z, w) = (from[at], from[at + 1], from[at + 2], from[at + 3]);
    }

    /// <summary>Four words from <paramref name="at"/> on: st.relaxed.v4.</summary>
    public static void StoreFour(ArrayView<uint> to, long at, uint x, uint y, uint z, uint w)
    {
        RequireAligned(to, at);
        (to[at], to[at + 1], to[at + 2], to[at + 3]) = (x, y, z, w);
    }

    /// <summary>In a loop that waits for another group, before it looks again: no instruction on a device, in the emulator the others' turn.</summary>
    public static void Pause() => KernelThread.Current.Pause();

    private static void RequireAligned(ArrayView<uint> view, long at) => view.SubView(at, 4).Cast<Float4>();
}
