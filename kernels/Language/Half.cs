namespace ILGPU;

/// <summary>IEEE 754 binary16, for storage: kernels compute in float and round to nearest even when they store.</summary>
internal readonly struct Half
{
    private readonly ushort bits;

    private Half(ushort bits) => this.bits = bits;

    public static implicit operator float(Half value) => (float)BitConverter.UInt16BitsToHalf(value.bits);

    public static explicit operator Half(float value) => new(BitConverter.HalfToUInt16Bits((System.Half)value));
}
