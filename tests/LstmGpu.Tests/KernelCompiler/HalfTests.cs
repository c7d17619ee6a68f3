using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Half is storage: every pattern reads as .NET reads it, every float is stored as .NET rounds it.</summary>
public sealed class HalfTests
{
    private const string Source = """
        [Vector] struct Half4 { public ILGPU.Half X, Y, Z, W; }
        static class K
        {
            static float First(ArrayView<ILGPU.Half> v) => v[0];
            [Kernel(64)]
            static void Run(ArrayView<ILGPU.Half> h, ArrayView<float> read, ArrayView<float> f, ArrayView<ILGPU.Half> written, ArrayView<ILGPU.Half> more)
            {
                int i = Grid.GlobalIndex.X, t = Group.IdxX;
                read[i] = First(h.SubView(i, 1));
                var shared = SharedMemory.Allocate<ILGPU.Half>(64);
                shared[63 - t] = (ILGPU.Half)f[i];
                Group.Barrier();
                ILGPU.Half kept = shared[63 - t];
                written[i] = kept;
                if (i == 0)
                {
                    more[0] = (ILGPU.Half)(more[0] + more[1] * 2f);
                    more[1] = (ILGPU.Half)3;
                    more[2] = (ILGPU.Half)(float)(ILGPU.Half)1.0001;
                    more[3] = (ILGPU.Half)(int)more[3];
                    var q = more.Cast<Half4>();
                    q[1] = new Half4 { X = q[0].W, Y = q[0].Z, Z = q[0].Y, W = default };
                }
            }
        }
        """;

    [SkippableFact]
    public void Half_IsReadAndRoundedAsInDotNet()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        (string openCl, _) = CompiledKernel.From(Source).Texts();
        const int Count = 131072;
        ushort[] patterns = [.. Enumerable.Range(0, Count).Select(i => (ushort)i)], written = new ushort[Count];
        float[] numbers = Numbers(Count), read = new float[Count];
        ushort[] more = [Bits(1.5f), Bits(2.25f), 0, Bits(7.9f), 1, 1, 1, 1];

        OpenClDriver.Run(openCl, "K_Run", Count / 64, 64, patterns, read, numbers, written, more);

        for (int i = 0; i < Count; i++)
        {
            Assert.True(Operands.Same((float)BitConverter.UInt16BitsToHalf(patterns[i]), read[i]), $"pattern {patterns[i]:X4} is read as {read[i]:R}");
            ushort expected = Bits(numbers[i]);
            Assert.True(expected == written[i] || (float.IsNaN(numbers[i]) && Half.IsNaN(BitConverter.UInt16BitsToHalf(written[i]))),
                $"{numbers[i]:R} is stored as {written[i]:X4}, not {expected:X4}");
        }
        Assert.Equal([Bits(6f), Bits(3f), Bits(1f), Bits(7f), Bits(7f), Bits(1f), Bits(3f), 0], more);
    }

    [SkippableTheory]
    [InlineData("sm_70")]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void CudaText_ConvertsInOneInstruction(string architecture)
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");

        string ptx = Clang.Ptx(CompiledKernel.From(Source).Texts().Cuda, architecture);

        Assert.Contains("cvt.f32.f16", ptx);
        Assert.Contains("cvt.rn.f16.f32", ptx);
    }

    [Fact]
    public unsafe void LanguageHalf_HasTheBitsOfDotNets()
    {
        foreach (float number in Numbers(4096))
        {
            ILGPU.Half half = (ILGPU.Half)number;
            Assert.Equal(Bits(number), *(ushort*)&half);
        }
    }

    private static ushort Bits(float number) => BitConverter.HalfToUInt16Bits((Half)number);

    // Special values, ties between two halves, neighbours of ties, halves around the ends of the range, any bits.
    private static float[] Numbers(int count)
    {
        var random = new Random(5);
        var numbers = new List<float> { 0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 65504f, 65519.996f, 65520f, -65520f, 65536f, 1e-40f, 5.9604645e-8f, 2.9802322e-8f, 2.9802326e-8f, 6.1035156e-5f, 6.097555e-5f };
        while (numbers.Count < count)
        {
            float half = (float)BitConverter.UInt16BitsToHalf((ushort)random.Next(0x7C00));
            float next = (float)BitConverter.UInt16BitsToHalf((ushort)(Bits(half) + 1));
            float tie = float.IsInfinity(next) ? 65520f : (half + next) / 2;
            numbers.AddRange([tie, -tie, MathF.BitIncrement(tie), MathF.BitDecrement(tie), BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, int.MaxValue))]);
            numbers.Add((float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-8, 6))));
        }
        return [.. numbers.Take(count)];
    }
}
