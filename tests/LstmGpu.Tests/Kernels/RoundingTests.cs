using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Kernels;

/// <summary>What a product makes of its operands, bit by bit.</summary>
public sealed class RoundingTests
{
    // import torch; x = torch.tensor([...]); x.bfloat16().float(), x.half().float()
    [Theory]
    [InlineData(1.00390625f, 1f, 1.00390625f)]      // halfway between two bfloat16: to the even one below
    [InlineData(1.01171875f, 1.015625f, 1.01171875f)] // to the even one above
    [InlineData(1.0039064f, 1.0078125f, 1.00390625f)] // just above halfway
    [InlineData(3.1415927f, 3.140625f, 3.140625f)]
    [InlineData(1.00048828125f, 1f, 1f)]            // halfway between two binary16
    [InlineData(65519f, 65536f, 65504f)]
    [InlineData(65520f, 65536f, float.PositiveInfinity)]
    [InlineData(-70000f, -70144f, float.NegativeInfinity)]
    [InlineData(5.9604645e-08f, 5.9604645e-08f, 5.9604645e-08f)] // the smallest binary16
    [InlineData(2.9e-08f, 2.8987415e-08f, 0f)]
    [InlineData(3.4028235e38f, float.PositiveInfinity, float.PositiveInfinity)]
    public void Bf16AndFp16_AreThoseOfPyTorch(float x, float bf16, float fp16)
    {
        Assert.Equal(bf16, Rounding.Operand(new(Rounding.Bf16), x));
        Assert.Equal(fp16, Rounding.Operand(new(Rounding.Fp16), x));
    }

    [Theory]
    [InlineData(0x3F800FFFu, 0x3F800000u)]
    [InlineData(0x3F801000u, 0x3F802000u)] // halfway: away from zero, here and below
    [InlineData(0xBF801000u, 0xBF802000u)]
    [InlineData(0x3F803000u, 0x3F804000u)]
    [InlineData(0x3FFFF000u, 0x40000000u)] // the carry reaches the exponent
    [InlineData(0x7F7FFFFFu, 0x7F800000u)]
    [InlineData(0x7F800000u, 0x7F800000u)]
    [InlineData(0x00001000u, 0x00002000u)] // subnormal
    public void Tf32_RoundsHalvesAwayFromZero(uint bits, uint expected) =>
        Assert.Equal(expected, BitConverter.SingleToUInt32Bits(Rounding.Operand(new(Rounding.Tf32), BitConverter.UInt32BitsToSingle(bits))));

    [Theory]
    [InlineData(Rounding.Fp32)]
    [InlineData(Rounding.Tf32)]
    [InlineData(Rounding.Bf16)]
    [InlineData(Rounding.Fp16)]
    public void Operand_IsTheNearestValue_ForFloatsOfEverySize(int form)
    {
        Random random = new(3);
        for (int n = 0; n < 200_000; n++)
        {
            // Every second one halfway between two values of some form, or a bit beside.
            uint bits = (uint)random.NextInt64(1L << 32);
            bits = n % 2 == 0 ? bits : (bits & 0xFFFFE000u) + (uint)(random.Next(4) * 0x400) + (uint)random.Next(2);
            float x = BitConverter.UInt32BitsToSingle(bits);
            float found = Rounding.Operand(new(form), x);
            if (float.IsNaN(x))
            {
                Assert.True(float.IsNaN(found));
                continue;
            }
            Assert.True((float)ReferenceRounding.Operand((ProductPrecision)form, x) == found, $"{bits:X8}: found {found:G9}");
        }
    }
}
