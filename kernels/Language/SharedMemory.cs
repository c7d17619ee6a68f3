using System.Runtime.CompilerServices;
using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>Memory of a group. It holds no defined value before the group has written it.</summary>
internal static class SharedMemory
{
    /// <summary>
    /// One array per group and place in the source, the same for all threads. The place is a line: two arrays stand on two lines.
    /// The length is a constant, since a device reserves the memory when it compiles the kernel.
    /// </summary>
    public static ArrayView<T> Allocate<T>(int extent, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged =>
        KernelThread.Current.AllocateShared<T>(extent, file, line);

    /// <summary>The memory whose size the launch states; every call returns the same bytes.</summary>
    public static ArrayView<T> GetDynamic<T>() where T : unmanaged => KernelThread.Current.DynamicShared<T>();
}

/// <summary>Memory of one thread: registers, where the device finds room.</summary>
internal static class LocalMemory
{
    public static ArrayView<T> Allocate<T>(int extent) where T : unmanaged => KernelThread.Current.AllocateLocal<T>(extent);
}
