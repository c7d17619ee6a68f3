namespace LstmGpu.Kernels;

/// <summary>Four floats at a multiple of 16 bytes: one access where a device has it.</summary>
[Vector]
internal struct Float4
{
    public float X, Y, Z, W;
}
