using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>Which thread of its group this is. Every thread of the group must reach each barrier and broadcast.</summary>
internal static class Group
{
    public static int IdxX => Index.X;

    public static int IdxY => Index.Y;

    public static int IdxZ => Index.Z;

    public static int DimX => Dimension.X;

    public static int DimY => Dimension.Y;

    public static int DimZ => Dimension.Z;

    public static Index3D Index => KernelThread.Current.Index;

    public static Index3D Dimension => KernelThread.Current.GroupSize;

    public static int LinearIndex => KernelThread.Current.LinearIndex;

    public static bool IsFirstThread => LinearIndex == 0;

    public static void Barrier() => KernelThread.Current.GroupBarrier();

    /// <summary>The value of the thread with that linear index; the same index in all threads.</summary>
    public static unsafe T Broadcast<T>(T value, int groupIndex) where T : unmanaged
    {
        T received;
        KernelThread.Current.ExchangeInGroup(new(&value, sizeof(T)), groupIndex, new(&received, sizeof(T)));
        return received;
    }
}
