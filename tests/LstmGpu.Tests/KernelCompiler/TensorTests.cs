using LstmGpu.KernelCompiler;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>TensorCore and AsyncCopy become instructions of PTX in a kernel that is for such devices, and are refused elsewhere.</summary>
public sealed class TensorTests
{
    private const string Body = """
        ArrayView<float> tile = SharedMemory.Allocate<float>(8);
        AsyncCopy.Four(tile, 4, a, 8, Group.IdxX == 0);
        AsyncCopy.One(tile, 1, a, 3, true);
        AsyncCopy.Commit();
        AsyncCopy.Wait(SpecializedValue.New(form - 2));
        float d0 = 0f; float d1 = 0f; float d2 = 0f; float d3 = 0f;
        uint x = TensorCore.Pair(form, tile[0], tile[1]);
        uint y = TensorCore.Single(tile[2]);
        TensorCore.MultiplyAdd(form, ref d0, ref d1, ref d2, ref d3, x, x, x, x, y, y);
        a[0] = d0 + d1 + d2 + d3;
        """;

    [Fact]
    public void Intrinsics_AreInstructionsOfPtx_AndThereIsNoOpenCl()
    {
        CompiledKernel kernel = Kernel("[Kernel(32, ComputeCapability = 80)]");

        (string openCl, string cuda) = kernel.Texts();

        Assert.Equal("", openCl);
        Assert.StartsWith("// sm_80 and later\n", cuda, StringComparison.Ordinal);
        Assert.Equal(["0", "1"], kernel.Translations.Select(t => t.Cuda!.Split("cp.async.wait_group ")[1][..1]));
        Assert.All(kernel.Translations, t => Assert.Equal(80, t.ComputeCapability));
        string[] instructions =
        [
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};",
            "cvt.rn.bf16x2.f32 %0, %1, %2;",
            "cvt.rna.tf32.f32 %0, %1;",
            "cp.async.cg.shared.global [%0], [%1], 16, %2;",
            "cp.async.ca.shared.global [%0], [%1], 4, %2;",
            "cp.async.commit_group;",
        ];
        Assert.All(instructions, instruction => Assert.Contains(instruction, cuda, StringComparison.Ordinal));
        Assert.Contains("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", kernel.Translations[1].Cuda, StringComparison.Ordinal);
        Assert.Contains("lgk_tensor_mma_bf16(&d0, &d1, &d2, &d3, x, x, x, x, y, y)", cuda, StringComparison.Ordinal);
    }

    [Fact]
    public void Intrinsic_InAKernelForEveryDevice_IsAnError() =>
        Assert.All(Kernel("[Kernel(32)]").Translations.SelectMany(t => t.Diagnostics), d => Assert.Equal("LGK029", d.Id));

    private static CompiledKernel Kernel(string attribute)
    {
        CompiledKernel kernel = CompiledKernel.From(
            $"internal static class K {{ {attribute} internal static void Run([Values(2, 3)] SpecializedValue<int> form, ArrayView<float> a) {{ {Body} }} }}");
        Assert.Equal(attribute.Contains("80", StringComparison.Ordinal), kernel.Translations.All(t => t.Diagnostics.Count == 0));
        return kernel;
    }
}
