using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>
/// The tensor cores of CUDA from sm_80 on: a warp multiplies a matrix A of 16 rows by a B of 8 columns in one instruction, of which each lane holds a few
/// elements in registers of 32 bits. With g = lane / 4 and t = lane % 4 (PTX ISA, "Matrix fragments for mma.m16n8k8" and "… mma.m16n8k16"):
/// <code>
///                     tf32, k = 8        bf16 and fp16, k = 16, the first of a pair in the low half
/// a0, a1 (row g, g+8) column t           columns 2t, 2t+1
/// a2, a3 (row g, g+8) column t+4         columns 2t+8, 2t+9
/// b0 (column g)       row t              rows 2t, 2t+1
/// b1 (column g)       row t+4            rows 2t+8, 2t+9
/// d0, d1 (row g)      columns 2t, 2t+1   the same
/// d2, d3 (row g+8)    columns 2t, 2t+1   the same
/// </code>
/// The kernel compiler knows this class: each method is one instruction of PTX. What stands here is what the emulator runs.
/// </summary>
internal static class TensorCore
{
    /// <summary>Rows of A and D.</summary>
    public const int Rows = 16;

    /// <summary>Columns of B and D.</summary>
    public const int Columns = 8;

    /// <summary>Columns of A and rows of B in tf32; twice as many in the forms of 16 bits.</summary>
    public const int Depth = 8;

    // a0…a3, b0, b1.
    private const int Registers = 6;

    /// <summary>One operand of tf32: cvt.rna.tf32.f32.</summary>
    public static uint Single(float x) => Interop.FloatAsInt(Rounding.ToTf32(x));

    /// <summary>Two operands of bf16 or fp16, the first in the low half: cvt.rn.bf16x2.f32, cvt.rn.f16x2.f32.</summary>
    public static uint Pair(SpecializedValue<int> form, float first, float second) => Bits(form, first) | (Bits(form, second) << 16);

    /// <summary>D += A·B, summed in float32: mma.sync. Every lane of the warp must come here.</summary>
    public static unsafe void MultiplyAdd(
        SpecializedValue<int> form, ref float d0, ref float d1, ref float d2, ref float d3, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
    {
        KernelThread thread = KernelThread.Current;
        int lane = Warp.LaneIdx;
        uint* own = stackalloc uint[] { a0, a1, a2, a3, b0, b1 };
        uint* all = stackalloc uint[Registers * KernelThread.WarpSize];
        thread.GatherInWarp(new(own, Registers * sizeof(uint)), new(all, Registers * KernelThread.WarpSize * sizeof(uint)));
        int row = lane / 4;
        int column = lane % 4 * 2;
        d0 = Sum(form, all, row, column, d0);
        d1 = Sum(form, all, row, column + 1, d1);
        d2 = Sum(form, all, row + 8, column, d2);
        d3 = Sum(form, all, row + 8, column + 1, d3);
    }

    private static unsafe float Sum(int form, uint* registers, int row, int column, float sum)
    {
        int depth = form == Rounding.Tf32 ? Depth : 2 * Depth;
        for (int k = 0; k < depth; k++)
        {
            // Which lane has an element, in which register, and in which half.
            int perRegister = form == Rounding.Tf32 ? 1 : 2;
            int t = k / perRegister % 4;
            int upper = k / (4 * perRegister);
            uint a = registers[(((row % 8 * 4) + t) * Registers) + (2 * upper) + (row / 8)];
            uint b = registers[(((column * 4) + t) * Registers) + 4 + upper];
            sum = MathF.FusedMultiplyAdd(Value(form, a, k % perRegister), Value(form, b, k % perRegister), sum);
        }
        return sum;
    }

    // tf32 takes no notice of the bits that it has no room for.
    private static float Value(int form, uint register, int half)
    {
        uint bits = half == 0 ? register & 0xFFFFu : register >> 16;
        return form == Rounding.Tf32 ? Interop.IntAsFloat(register & 0xFFFFE000u)
            : form == Rounding.Bf16 ? Interop.IntAsFloat(bits << 16)
            : (float)BitConverter.UInt16BitsToHalf((ushort)bits);
    }

    private static uint Bits(int form, float x) =>
        form == Rounding.Bf16 ? Interop.FloatAsInt(Rounding.ToBf16(x)) >> 16 : BitConverter.HalfToUInt16Bits((System.Half)x);
}
