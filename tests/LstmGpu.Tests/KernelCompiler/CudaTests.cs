using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>The CUDA text becomes PTX with clang alone: no CUDA headers, no libdevice.</summary>
public sealed class CudaTests
{
    private const string Source = """
        struct Pair { public float A; public int B; }
        static class K
        {
            static float Scaled(ArrayView<float> v, int i, float by) => MathF.Max(v[i] * by + 1f, 0f);
            [Kernel(128)]
            static void Run(ArrayView<float> a, ArrayView<int> counts, ArrayView<ulong> big, float by, bool flag, Pair pair)
            {
                int t = Group.IdxX;
                var tile = SharedMemory.Allocate<float>(128);
                var more = SharedMemory.GetDynamic<double>();
                var own = LocalMemory.Allocate<float>(8);
                tile[t] = Scaled(a, Grid.GlobalIndex.X, by) + MathF.Sqrt(pair.A) + MathF.Floor(by) + MathF.Round(by);
                Group.Barrier();
                for (int i = 0; i < 8; i++) { own[i] = Scaled(tile, (t + i) & 127, by) / 3f; }
                float sum = own[0] + own[7];
                for (int d = 16; d > 0; d >>= 1) { float other = Warp.ShuffleDown(sum, d); sum += other; }
                uint lanes = Warp.ShuffleXor((uint)Warp.LaneIdx, 3);
                int up = Warp.ShuffleUp(t, 1);
                int first = Warp.Shuffle(t, 0);
                Warp.Barrier();
                Atomic.Add(ref counts[0], (int)sum + first + up);
                Atomic.Max(ref counts[1], (int)lanes);
                Atomic.Min(ref big[0], (ulong)sum);
                Atomic.Exchange(ref counts[2], 1);
                Atomic.CompareExchange(ref counts[3], 1, 2);
                MemoryFence.GroupLevel();
                MemoryFence.DeviceLevel();
                more[t % more.Length] = flag ? Math.Sqrt(sum) : Interop.IntAsFloat(Interop.FloatAsInt(sum)) + float.NaN;
                var made = new Pair { B = pair.B };
                if (Warp.IsFirstLane) { a[Warp.WarpIdx] = (float)more[0] + made.B + made.A; }
            }
        }
        """;

    [SkippableTheory]
    [InlineData("sm_70")]
    [InlineData("sm_80")]
    [InlineData("sm_90a")]
    public void Text_CompilesToPtx(string architecture)
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");

        string ptx = Clang.Ptx(CompiledKernel.From(Source).Texts().Cuda, architecture);

        Assert.Contains(".entry K_Run(", ptx);
        Assert.Contains("bar.sync", ptx);
        Assert.Contains("shfl.sync", ptx);
        Assert.Contains("atom.", ptx);
        Assert.Contains("div.rn.f32", ptx);
        Assert.Contains("sqrt.rn.f32", ptx);
        Assert.DoesNotContain("fma.rn", ptx);
    }

    [SkippableTheory]
    [InlineData("", false)]
    [InlineData(", Contract = true", true)]
    public void Contraction_HappensOnlyWhereTheKernelAllowsIt(string option, bool fuses)
    {
        (string openCl, string cuda) = CompiledKernel.From($$"""
            static class K
            {
                static float Step(float x, float y, float z) => x * y + z;
                [Kernel(32{{option}})]
                static void Run(ArrayView<float> a) { float p = a[0] * a[1]; a[2] = p + a[3]; a[4] = Step(a[5], a[6], a[7]); }
            }
            """).Texts();

        Assert.Contains(fuses ? "FP_CONTRACT ON" : "FP_CONTRACT OFF", openCl);
        Skip.IfNot(Clang.IsPresent, "no clang-19");
        string ptx = Clang.Ptx(cuda, "sm_80");
        Assert.Equal(fuses ? 2 : 0, ptx.Split("fma.rn.f32").Length - 1);
        Assert.Equal(fuses ? 0 : 2, ptx.Split("mul.rn.f32").Length - 1);
    }
}
