namespace LstmGpu.Devices.OpenCl;

/// <summary>Threads per dimension, 1 to 3 of them.</summary>
internal readonly struct WorkSize
{
    public WorkSize(long x) : this(1, x, 1, 1)
    {
    }

    public WorkSize(long x, long y) : this(2, x, y, 1)
    {
    }

    public WorkSize(long x, long y, long z) : this(3, x, y, z)
    {
    }

    private WorkSize(int dimensions, long x, long y, long z)
    {
        Dimensions = dimensions;
        X = checked((nuint)x);
        Y = checked((nuint)y);
        Z = checked((nuint)z);
    }

    public int Dimensions { get; }

    public nuint X { get; }

    public nuint Y { get; }

    public nuint Z { get; }

    public bool IsEmpty => X == 0 || Y == 0 || Z == 0;
}
