using System.Text.RegularExpressions;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Vectors move in one access and arrive bit for bit.</summary>
public sealed class VectorTests
{
    private const string Source = """
        struct Two { public Float4 A; public float B; }
        static class K
        {
            static Float4 Turned(Float4 v) { var r = new Float4 { X = v.W, Y = v.Z, W = v.X }; r.Z = v.Y; return r; }
            static void Raise(ref float x) { x += 1f; }
            [Kernel(64)]
            static void Run(ArrayView<float> a, ArrayView<float> b, ArrayView<float> pairs, ArrayView<float> counts)
            {
                int i = Grid.GlobalIndex.X, t = Group.IdxX;
                var tile = SharedMemory.Allocate<float>(64 * 4);
                var tiles = tile.Cast<Float4>();
                tiles[t] = a.Cast<Float4>()[i];
                Group.Barrier();
                var own = LocalMemory.Allocate<Float4>(2);
                own[1] = tiles[t ^ 1];
                b.Cast<Float4>()[i] = Turned(own[1]);
                var p = pairs.Cast<Float2>();
                Float2 q = p[i];
                p[i] = new Float2 { X = q.Y, Y = q.X };
                var zero = new Two();
                Float4 sum = zero.A;
                sum.Y = 2f;
                Raise(ref sum.Y);
                var c = counts.Cast<Float4>();
                c[i].Y += sum.Y;
                c[i].Z = zero.B + sum.X + 7f;
                Raise(ref c[i].W);
            }
        }
        """;

    [SkippableFact]
    public void Vectors_RoundTripBitForBit()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        (string openCl, _) = CompiledKernel.From(Source, "Run", "kernels/Language/Vectors.cs").Texts();
        float[] a = Bits(1024, 1), b = new float[1024], pairs = Bits(512, 2), given = [.. pairs], counts = [.. Enumerable.Repeat(1f, 1024)];

        OpenClDriver.Run(openCl, "K_Run", 4, 64, a, b, pairs, counts);

        for (int i = 0; i < 256; i++)
        {
            for (int k = 0; k < 4; k++)
            {
                Assert.Equal(BitConverter.SingleToInt32Bits(a[(4 * (i ^ 1)) + 3 - k]), BitConverter.SingleToInt32Bits(b[(4 * i) + k]));
            }
            Assert.Equal(BitConverter.SingleToInt32Bits(given[2 * i]), BitConverter.SingleToInt32Bits(pairs[(2 * i) + 1]));
            Assert.Equal([1f, 4f, 7f, 2f], counts[(4 * i)..((4 * i) + 4)]);
        }
    }

    [Fact]
    public unsafe void Vectors_InDotNet_LieAsTheirFloats()
    {
        float[] numbers = Bits(1024, 3);
        fixed (float* first = numbers)
        {
            ILGPU.ArrayView<float> view = new(first, numbers.Length);
            Assert.Equal((8, 16, 512L), (sizeof(Float2), sizeof(Float4), view.Cast<Float2>().Length));
            Float2 last = view.Cast<Float2>()[511];
            Assert.Equal(BitConverter.SingleToInt32Bits(numbers[1022]), BitConverter.SingleToInt32Bits(last.X));
            Assert.Equal(BitConverter.SingleToInt32Bits(numbers[1023]), BitConverter.SingleToInt32Bits(last.Y));
        }
    }

    [SkippableFact]
    public void BitsOfComponents_AreOfDifferentRegistersInPtx()
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");
        const string Bits = """
            static class K
            {
                [Kernel(64)]
                static void Run(ArrayView<float> a, ArrayView<uint> b)
                {
                    int i = Grid.GlobalIndex.X;
                    Float4 v = a.Cast<Float4>()[i];
                    b[4 * i] = Interop.FloatAsInt(v.X);
                    b[(4 * i) + 1] = Interop.FloatAsInt(v.Y);
                    b[(4 * i) + 2] = BitConverter.SingleToUInt32Bits(v.Z);
                    b[(4 * i) + 3] = Interop.FloatAsInt(v.W);
                }
            }
            """;

        string ptx = Clang.Ptx(CompiledKernel.From(Bits, "Run", "kernels/Language/Vectors.cs").Texts().Cuda, "sm_80");

        string read = Regex.Match(ptx, @"ld\.global\.v4\.\w+ \t\{([^}]*)\}").Groups[1].Value;
        Assert.Equal(read.Split(", "), Regex.Matches(ptx, @"st\.global\.\w+ \t\[.*\], (%\w+);").Select(m => m.Groups[1].Value));
    }

    [SkippableTheory]
    [InlineData("sm_70")]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void Vector_IsOneAccessInPtx(string architecture)
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");

        string ptx = Clang.Ptx(CompiledKernel.From(Source, "Run", "kernels/Language/Vectors.cs").Texts().Cuda, architecture);

        Assert.All(["ld.global.v4.f32", "st.global.v4.f32", "ld.shared.v4.f32", "st.shared.v4.f32", "ld.global.v2.f32", "st.global.v2.f32"], access => Assert.Contains(access, ptx));
    }

    [Theory]
    [InlineData("public float X, Y, Z;")]
    [InlineData("public float X; public int Y;")]
    [InlineData("public bool X, Y;")]
    [InlineData("public double X, Y, Z, W;")]
    public void Struct_ThatIsNoVector_IsAnError(string fields)
    {
        CompiledKernel kernel = CompiledKernel.From(
            $$"""[Vector] struct V { {{fields}} } static class K { [Kernel(1)] static void Run(ArrayView<V> a) { a[0] = a[1]; } }""");

        Assert.Equal("LGK028", kernel.Translation.Diagnostics.First().Id);
    }

    private static float[] Bits(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, int.MaxValue)))];
    }
}
