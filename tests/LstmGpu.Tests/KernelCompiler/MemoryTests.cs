using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Views, address spaces, shared and local memory, atomics and random numbers on a real driver.</summary>
public sealed class MemoryTests
{
    [SkippableFact]
    public void Helper_UsedWithThreeAddressSpaces_IsWrittenThreeTimes()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From("""
            static class K
            {
                static int Sum(ArrayView<int> v) { int s = 0; for (int i = 0; i < v.Length; i++) { s += v[i]; } return s; }
                static void Add(ref int x, int by) => x += by;
                [Kernel(8)]
                static void Run(ArrayView<int> a, ArrayView<int> result)
                {
                    int t = Group.IdxX;
                    var shared = SharedMemory.Allocate<int>(8);
                    var own = LocalMemory.Allocate<int>(4);
                    shared[t] = a[t] * 2;
                    own[3] = t;
                    Group.Barrier();
                    var tail = a.SubView(4);
                    int local = 1;
                    Add(ref local, 1);
                    result[t] = Sum(a) + 1000 * Sum(shared.SubView(2, 3)) + 100000 * Sum(own) + Sum(tail);
                    Add(ref result[t], local);
                }
            }
            """);
        (string openCl, string cuda) = kernel.Texts();
        int[] a = [1, 2, 3, 4, 5, 6, 7, 8], result = new int[8];

        OpenClDriver.Run(openCl, "K_Run", 1, 8, a, result);

        Assert.Equal(Enumerable.Range(0, 8).Select(t => 36 + (1000 * 2 * (3 + 4 + 5)) + (100000 * t) + 26 + 2), result);
        Assert.All(["K_Sum_g(", "K_Sum_l(", "K_Sum_p(", "K_Add_g(", "K_Add_p("], name => Assert.Contains(name, openCl));
        Assert.DoesNotContain("K_Sum_", cuda);
    }

    [SkippableFact]
    public void DynamicSharedMemory_HasTheLengthThatTheLaunchGives()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From("""
            static class K
            {
                [Kernel(16)]
                static void Run(ArrayView<float> a, ArrayView<float> result, float scale)
                {
                    var s = SharedMemory.GetDynamic<float>();
                    s[Group.IdxX] = a[Group.IdxX];
                    Group.Barrier();
                    result[Group.IdxX] = s[Group.DimX - 1 - Group.IdxX] * scale + s.Length;
                }
            }
            """);
        float[] a = [.. Enumerable.Range(0, 16).Select(i => i + 0.5f)], result = new float[16];

        OpenClDriver.Run(kernel.Texts().OpenCl, "K_Run", 1, 16, 64, [a, result, 2f]);

        Assert.True(kernel.Translation.UsesDynamicSharedMemory);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => ((15 - i + 0.5f) * 2) + 16), result);
    }

    [SkippableFact]
    public void IndexVariables_HoldTheirAxes()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        (string openCl, _) = CompiledKernel.From("""
            static class K
            {
                [Kernel(4, 2)]
                static void Run(ArrayView<int> a)
                {
                    Index3D global = Grid.GlobalIndex;
                    var group = Group.Dimension;
                    Index2D at = (global.X, global.Y * 10);
                    var made = new Index2D(at.Y, at.X);
                    Index1D i = global.Y * 8 + global.X;
                    a[i] = made.X + made.Y + group.X * 100 + group.Y * 1000 + i.X * 10000;
                    int copy = i;
                    a[copy] += global.Z;
                }
            }
            """).Texts();
        int[] a = new int[32];

        OpenClDriver.Run(openCl, "K_Run", (2, 2, 1), (4, 2, 1), 0, [a]);

        Assert.Equal(Enumerable.Range(0, 32).Select(i => (i / 8 * 10) + (i % 8) + 400 + 2000 + (i * 10000)), a);
    }

    [SkippableTheory]
    [InlineData("int")]
    [InlineData("uint")]
    [InlineData("long")]
    [InlineData("ulong")]
    public void Atomics_CountEveryThread(string type)
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From($$"""
            static class K
            {
                [Kernel(32)]
                static void Run(ArrayView<{{type}}> a)
                {
                    {{type}} i = ({{type}})Grid.GlobalIndex.X;
                    {{type}} ticket = Atomic.Add(ref a[0], 1);
                    Atomic.Max(ref a[1], i);
                    Atomic.Min(ref a[2], i);
                    Atomic.Exchange(ref a[4 + (long)ticket], 1);
                    Atomic.CompareExchange(ref a[3], 5, 6);
                    MemoryFence.DeviceLevel();
                }
            }
            """);
        Type element = type switch { "int" => typeof(int), "uint" => typeof(uint), "long" => typeof(long), _ => typeof(ulong) };
        var a = Array.CreateInstance(element, 4 + 128);
        a.SetValue(Convert.ChangeType(50, element), 2);
        a.SetValue(Convert.ChangeType(5, element), 3);

        OpenClDriver.Run(kernel.Texts().OpenCl, "K_Run", 4, 32, a);

        Assert.Equal([128L, 127, 0, 6, .. Enumerable.Repeat(1L, 128)], a.Cast<object>().Select(Convert.ToInt64));
    }

    [SkippableFact]
    public void View_CastToAStructOfTwo_ReadsBoth()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From("""
            struct Two { public float A; public float B; }
            static class K
            {
                [Kernel(4)]
                static void Run(ArrayView<float> a, bool negate)
                {
                    var pairs = a.Cast<Two>();
                    Two p = pairs[Group.IdxX];
                    pairs[Group.IdxX] = new Two { A = negate ? -p.B : p.B, B = p.A + pairs.Length };
                    pairs[Group.IdxX].A += 1f;
                }
            }
            """);
        float[] a = [1, 2, 3, 4, 5, 6, 7, 8];

        OpenClDriver.Run(kernel.Texts().OpenCl, "K_Run", 1, 4, a, (byte)1);

        Assert.Equal([-1, 5, -3, 7, -5, 9, -7, 11], a);
    }

    [SkippableFact]
    public void CounterRng_DrawsTheSameWords_InDotNetAndOpenCl()
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From(
            """
            static class K
            {
                [Kernel(64)]
                static void Run(ArrayView<uint> words, ArrayView<float> units, uint key)
                {
                    int i = Grid.GlobalIndex.X;
                    uint x0 = (uint)i, x1 = 7, x2 = key, x3 = ~(uint)i;
                    CounterRng.Draw(key, key + 1, ref x0, ref x1, ref x2, ref x3);
                    words[4 * i] = x0;
                    words[4 * i + 1] = x1;
                    words[4 * i + 2] = x2;
                    words[4 * i + 3] = x3;
                    units[i] = CounterRng.ToUnit(x0);
                }
            }
            """,
            "Run",
            "kernels/CounterRng.cs");
        (string openCl, _) = kernel.Texts();
        uint[] words = new uint[4 * 256];
        float[] units = new float[256];

        OpenClDriver.Run(openCl, "K_Run", 4, 64, words, units, 0xDEADBEEFu);

        for (uint i = 0; i < 256; i++)
        {
            uint x0 = i, x1 = 7, x2 = 0xDEADBEEF, x3 = ~i;
            LstmGpu.Kernels.CounterRng.Draw(0xDEADBEEF, 0xDEADBEF0, ref x0, ref x1, ref x2, ref x3);
            Assert.Equal([x0, x1, x2, x3], words.AsSpan((int)(4 * i), 4).ToArray());
            Assert.Equal(LstmGpu.Kernels.CounterRng.ToUnit(x0), units[i]);
        }
        Assert.Contains("#pragma unroll", openCl);
    }
}
