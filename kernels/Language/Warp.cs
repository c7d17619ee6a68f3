using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>32 consecutive threads of a group. Every thread of the warp must reach each shuffle and barrier.</summary>
internal static class Warp
{
    public static int WarpSize => KernelThread.WarpSize;

    public static int LaneIdx => KernelThread.Current.LinearIndex % WarpSize;

    public static int WarpIdx => KernelThread.Current.LinearIndex / WarpSize;

    public static bool IsFirstLane => LaneIdx == 0;

    public static void Barrier() => KernelThread.Current.WarpBarrier();

    public static T Broadcast<T>(T value, int sourceLane) where T : unmanaged => Exchange(value, sourceLane);

    public static T Shuffle<T>(T variable, int sourceLane) where T : unmanaged => Exchange(variable, sourceLane & (WarpSize - 1));

    /// <summary>The value of lane + delta; the own value where that is beyond the warp.</summary>
    public static T ShuffleDown<T>(T variable, int delta) where T : unmanaged
    {
        int lane = LaneIdx + delta;
        return Exchange(variable, lane < WarpSize ? lane : -1);
    }

    /// <summary>The value of lane − delta; the own value where that is before the warp.</summary>
    public static T ShuffleUp<T>(T variable, int delta) where T : unmanaged => Exchange(variable, LaneIdx - delta);

    public static T ShuffleXor<T>(T variable, int mask) where T : unmanaged => Exchange(variable, (LaneIdx ^ mask) & (WarpSize - 1));

    private static unsafe T Exchange<T>(T own, int lane) where T : unmanaged
    {
        T received;
        KernelThread.Current.ExchangeInWarp(new(&own, sizeof(T)), lane, new(&received, sizeof(T)));
        return received;
    }
}
