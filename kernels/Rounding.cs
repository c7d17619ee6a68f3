using ILGPU;
using ILGPU.Runtime;
using Half = ILGPU.Half;

namespace LstmGpu.Kernels;

/// <summary>
/// What a product makes of its operands before it multiplies them; it sums in float32 in any case. The three short forms have fewer bits of mantissa:
/// tf32 10 (nearest, halves away from zero, as cvt.rna.tf32), bfloat16 7 and binary16 10 (both nearest, halves to even). A float beyond the range is ±∞.
/// </summary>
internal static class Rounding
{
    /// <summary>Operands as they are.</summary>
    public const int Fp32 = 0;

    public const int Tf32 = 1;

    public const int Bf16 = 2;

    public const int Fp16 = 3;

    /// <summary>Operands that lie in memory as bfloat16, two in the place of a float.</summary>
    public const int StoredBf16 = Bf16 + ToStored;

    /// <summary>Operands that lie in memory as binary16, two in the place of a float.</summary>
    public const int StoredFp16 = Fp16 + ToStored;

    /// <summary>From a form of 16 bits to the same form in memory.</summary>
    public const int ToStored = 2;

    private const uint Infinity = 0x7F800000u;

    /// <summary>Element <paramref name="at"/> as a product takes it.</summary>
    public static float Load(SpecializedValue<int> form, ArrayView<float> source, long at)
    {
        if (form == StoredBf16)
        {
            return Interop.IntAsFloat((uint)source.Cast<ushort>()[at] << 16);
        }
        if (form == StoredFp16)
        {
            return source.Cast<Half>()[at];
        }
        return Operand(form, source[at]);
    }

    /// <summary>Element <paramref name="at"/> is the value in this form: of 16 bits where the form has no more.</summary>
    public static void Store(SpecializedValue<int> form, ArrayView<float> destination, long at, float value)
    {
        if (form == Bf16)
        {
            destination.Cast<ushort>()[at] = (ushort)(Interop.FloatAsInt(ToBf16(value)) >> 16);
        }
        else if (form == Fp16)
        {
            destination.Cast<Half>()[at] = (Half)value;
        }
        else
        {
            destination[at] = Operand(form, value);
        }
    }

    /// <summary>The nearest value of a form.</summary>
    public static float Operand(SpecializedValue<int> form, float x)
    {
        if (form == Tf32)
        {
            return ToTf32(x);
        }
        if (form == Bf16)
        {
            return ToBf16(x);
        }
        if (form == Fp16)
        {
            return (Half)x;
        }
        return x;
    }

    // Half of the last bit that stays is added and the rest cut off; a carry runs into the exponent, as it should.
    public static float ToTf32(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        return (bits & Infinity) == Infinity ? x : Interop.IntAsFloat((bits + 0x1000u) & 0xFFFFE000u);
    }

    // One less than half is added, and the last bit that stays: a half rounds up where that bit is odd. A NaN keeps a bit that is not cut off.
    public static float ToBf16(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        bool isNaN = (bits & 0x7FFFFFFFu) > Infinity;
        uint rounded = isNaN ? bits | 0x00400000u : bits + 0x7FFFu + ((bits >> 16) & 1u);
        return Interop.IntAsFloat(rounded & 0xFFFF0000u);
    }
}
