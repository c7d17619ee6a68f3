using LstmGpu.KernelCompiler;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>Coherent, Cluster and Approximate become instructions of PTX in a kernel that is for such devices, and are refused elsewhere.</summary>
public sealed class DeviceFunctionTests
{
    private const string Words = "uint x = 0u; uint y = 0u; uint z = 0u; uint w = 0u;";

    [Fact]
    public void Coherent_IsRelaxedAcquireAndRelease_OfTheWholeDevice()
    {
        string cuda = Cuda("70, Cooperative = true", $"""
            {Words}
            Coherent.LoadFour(a, 4L * Group.IdxX, ref x, ref y, ref z, ref w);
            Coherent.StoreFour(a, 8, x, y, z, w);
            Coherent.AddRelease(a, 1, 2u);
            y = Coherent.LoadAcquire(a, 2);
            Coherent.Pause();
            z = Coherent.Load(a, 3);
            a[0] = x + y + z + w;
            """);

        Assert.All(
            [
                "ld.relaxed.gpu.global.v4.u32 {%0, %1, %2, %3}, [%4];", "st.relaxed.gpu.global.v4.u32 [%0], {%1, %2, %3, %4};", "red.release.gpu.global.add.u32 [%0], %1;",
                "ld.acquire.gpu.global.u32 %0, [%1];", "ld.relaxed.gpu.global.u32 %0, [%1];",
            ],
            instruction => Assert.Contains($"asm volatile(\"{instruction}\"", cuda, StringComparison.Ordinal));
        Assert.Matches(@"lgk_coherent_addrelease\(&a\w*\[1L\], 2u\)", cuda);
        Assert.Contains(", &x, &y, &z, &w);", cuda, StringComparison.Ordinal);
        Assert.Equal(6, cuda.Split(": \"memory\");").Length - 1); // a compiler may move none of them
    }

    [Fact]
    public void Cluster_IsABarrierAndTheSharedMemoryOfAnother()
    {
        string cuda = Cuda("90, Cluster = 4", $"""
            ArrayView<uint> own = SharedMemory.Allocate<uint>(8);
            {Words}
            own[Group.IdxX] = 1u;
            Cluster.Barrier();
            Cluster.LoadFour(own, 4, (Cluster.Rank() + 1) % Cluster.Size(), ref x, ref y, ref z, ref w);
            a[0] = x + y + z + w;
            """);

        Assert.All(
            [
                "barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;", "mapa.shared::cluster.u32 %0, %1, %2;", "ld.shared::cluster.v4.u32 {%0, %1, %2, %3}, [%4];",
                "mov.u32 %0, %%cluster_ctarank;", "mov.u32 %0, %%cluster_nctarank;",
            ],
            instruction => Assert.Contains($"asm volatile(\"{instruction}\"", cuda, StringComparison.Ordinal));
    }

    [Fact]
    public void Approximate_IsOneInstructionEach() =>
        Assert.All(
            ["tanh.approx.f32 %0, %1;", "ex2.approx.ftz.f32 %0, %1;", "rcp.approx.ftz.f32 %0, %1;"],
            instruction => Assert.Contains(
                instruction,
                Cuda("80", "a[0] = Interop.FloatAsInt(Approximate.Tanh(1f) + Approximate.Exp2(2f) + Approximate.Reciprocal(3f));"),
                StringComparison.Ordinal));

    [Fact]
    public void WhatALaunchMustPromise_GoesWithTheKernel()
    {
        Assert.Equal((true, 0), Promise("70, Cooperative = true"));
        Assert.Equal((false, 4), Promise("90, Cluster = 4"));
        Assert.Equal((false, 0), Promise("90"));

        static (bool, int) Promise(string attributes) => Kernel(attributes, "a[0] = 0u;").Translation is var t ? (t.Cooperative, t.Cluster) : default;
    }

    [Theory]
    [InlineData("60", "Coherent.Pause();", "70")]
    [InlineData("80", "Cluster.Barrier();", "90")]
    [InlineData("70", "a[0] = Interop.FloatAsInt(Approximate.Tanh(1f));", "80")]
    public void Function_InAKernelForDevicesWithoutIt_IsAnError(string has, string body, string needs)
    {
        var diagnostic = Assert.Single(Kernel(has, body).Translation.Diagnostics);

        Assert.Equal("LGK029", diagnostic.Id);
        Assert.Contains($"ComputeCapability = {needs})]", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static string Cuda(string attributes, string body) => Kernel(attributes, body).Texts().Cuda;

    private static CompiledKernel Kernel(string attributes, string body) =>
        CompiledKernel.From($"internal static class K {{ [Kernel(32, ComputeCapability = {attributes})] internal static void Run(ArrayView<uint> a) {{ {body} }} }}");
}
