using LstmGpu.Kernels;

namespace ILGPU;

/// <summary>Which group this is, and of how many.</summary>
internal static class Grid
{
    public static int IdxX => Index.X;

    public static int IdxY => Index.Y;

    public static int IdxZ => Index.Z;

    public static int DimX => Dimension.X;

    public static int DimY => Dimension.Y;

    public static int DimZ => Dimension.Z;

    public static Index3D Index => KernelThread.Current.GroupIndex;

    public static Index3D Dimension => KernelThread.Current.GridSize;

    /// <summary>Group index × group size + thread index, per axis.</summary>
    public static Index3D GlobalIndex => new(
        (Group.DimX * IdxX) + Group.IdxX,
        (Group.DimY * IdxY) + Group.IdxY,
        (Group.DimZ * IdxZ) + Group.IdxZ);
}
