using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// Copies from global to shared memory that pass no register and run beside the thread that asked (cp.async, sm_80). A thread commits what it asked for as a
/// group and waits until few enough of its groups are under way; a barrier then lets the others see it.
/// The kernel compiler knows this class. The emulator copies as late as it may, at the wait, and leaves NaN at the place until then: what
/// reads too early, or still needed what stood there, computes NaN.
/// </summary>
internal static class AsyncCopy
{
    /// <summary>shared[to] = isInside ? source[from] : 0.</summary>
    public static void One(ArrayView<float> shared, int to, ArrayView<float> source, long from, bool isInside)
    {
        float value = isInside ? source[from] : 0f;
        KernelThread.Current.Copies.Add(shared, to, value);
    }

    /// <summary>shared[to…to+3] = isInside ? source[from…from+3] : 0. Both begin at a multiple of 16 bytes.</summary>
    public static void Four(ArrayView<float> shared, int to, ArrayView<float> source, long from, bool isInside)
    {
        Float4 value = isInside ? source.SubView(from, 4).Cast<Float4>()[0] : default;
        shared.SubView(to, 4).Cast<Float4>();
        AsyncCopies copies = KernelThread.Current.Copies;
        copies.Add(shared, to, value.X);
        copies.Add(shared, to + 1, value.Y);
        copies.Add(shared, to + 2, value.Z);
        copies.Add(shared, to + 3, value.W);
    }

    /// <summary>What the thread asked for since the last time becomes a group, empty or not.</summary>
    public static void Commit() => KernelThread.Current.Copies.Commit();

    /// <summary>Waits until at most so many of the thread's latest groups are under way; a constant.</summary>
    public static void Wait(SpecializedValue<int> underWay) => KernelThread.Current.Copies.Wait(underWay);
}
