namespace ILGPU;

internal readonly record struct Index1D(int X)
{
    public int Size => X;

    public static implicit operator Index1D(int x) => new(x);

    public static implicit operator int(Index1D index) => index.X;
}

internal readonly record struct Index2D(int X, int Y)
{
    public int Size => X * Y;

    public static implicit operator Index2D((int X, int Y) index) => new(index.X, index.Y);
}

internal readonly record struct Index3D(int X, int Y, int Z)
{
    public int Size => X * Y * Z;

    public static implicit operator Index3D((int X, int Y, int Z) index) => new(index.X, index.Y, index.Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
