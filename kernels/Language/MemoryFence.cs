namespace ILGPU;

/// <summary>Orders a thread's own accesses for the others that look. It waits for nobody: that is <see cref="Group.Barrier"/>.</summary>
internal static class MemoryFence
{
    public static void GroupLevel() => Interlocked.MemoryBarrier();

    public static void DeviceLevel() => Interlocked.MemoryBarrier();
}
