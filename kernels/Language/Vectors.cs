namespace LstmGpu.Kernels;

/// <summary>Two floats in one access: <c>view.Cast&lt;Float2&gt;()[i]</c>.</summary>
[Vector]
internal struct Float2
{
    public float X;
    public float Y;
}

/// <summary>Four floats in one access of 16 bytes; the view that is cast starts at a multiple of 4 floats.</summary>
[Vector]
internal struct Float4
{
    public float X;
    public float Y;
    public float Z;
    public float W;
}
