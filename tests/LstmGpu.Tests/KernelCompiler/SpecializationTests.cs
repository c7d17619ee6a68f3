using LstmGpu.KernelCompiler;
using LstmGpu.Kernels;
using Microsoft.CodeAnalysis;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>A kernel is compiled once per value of its specialised parameters, and the value is a constant in the text.</summary>
public sealed class SpecializationTests
{
    private const string Source = """
        internal static class TileKernels
        {
            static int Last(ArrayView<int> v, SpecializedValue<int> size) => v[size - 1] + (size == 4 ? 1000 : 2000);
            [Kernel(8)]
            internal static void Run(ArrayView<int> a, [Values(4, 8)] SpecializedValue<int> tile, int n, [Values(false, true)] SpecializedValue<bool> doubled)
            {
                int t = Group.IdxX;
                int padded = tile + 1;
                var shared = SharedMemory.Allocate<int>(padded * 2);
                var own = LocalMemory.Allocate<int>(tile.Value);
                shared[t] = a[t];
                Group.Barrier();
                int sum = n;
                for (int i = 0; i < tile; i++) { own[i] = shared[i] + t; sum += own[i]; }
                if (doubled && n > 0) { sum *= 2; }
                if (!doubled) { sum += 31337; }
                a[t] = sum + Last(own, tile) + (int)shared.Length;
            }
        }
        """;

    [SkippableTheory]
    [InlineData(4, false)]
    [InlineData(4, true)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    public void Text_ComputesWithTheValue(int tile, bool doubled)
    {
        Skip.If(OpenClDriver.Device == 0, "no OpenCL device");
        CompiledKernel kernel = CompiledKernel.From(Source);
        kernel.Texts();
        KernelTranslation text = kernel.Translations.Single(t => t.Values.SequenceEqual([tile, doubled]));
        int[] a = [3, 1, 4, 1, 5, 9, 2, 6], result = [.. a];

        OpenClDriver.Run(text.OpenCl!, text.Name, 1, 8, result, 10);

        for (int t = 0; t < a.Length; t++)
        {
            int sum = 10 + a.Take(tile).Sum() + (t * tile);
            sum = doubled ? sum * 2 : sum + 31337;
            Assert.Equal(sum + a[tile - 1] + t + (tile == 4 ? 1000 : 2000) + ((tile + 1) * 2), result[t]);
        }
    }

    [Fact]
    public void Value_IsALiteral_AndWhatItRulesOutIsLeftOut()
    {
        CompiledKernel kernel = CompiledKernel.From(Source);
        kernel.Texts();

        Assert.Equal(["TileKernels_Run_4_false", "TileKernels_Run_4_true", "TileKernels_Run_8_false", "TileKernels_Run_8_true"], kernel.Translations.Select(t => t.Name));
        foreach (KernelTranslation text in kernel.Translations)
        {
            Assert.Contains("#pragma unroll", text.OpenCl);
            Assert.Contains($"shared_data[{2 * ((int)text.Values[0] + 1)}]", text.OpenCl);
            Assert.Equal(text.Values[1] is false, text.OpenCl!.Contains("31337"));
            Assert.Equal(text.Values[1] is true, text.OpenCl.Contains("* (uint)2"));
            Assert.Equal(["a", "n"], text.Parameters.Select(p => p.Name));
        }
    }

    [SkippableFact]
    public void CudaText_CompilesToPtx()
    {
        Skip.IfNot(Clang.IsPresent, "no clang-19");
        CompiledKernel kernel = CompiledKernel.From(Source);
        kernel.Texts();

        foreach ((KernelTranslation text, string architecture) in kernel.Translations.Zip(PtxImages.Architectures.Append("sm_80")))
        {
            Assert.Contains($".entry {text.Name}(", Clang.Ptx(text.Cuda!, architecture));
        }
    }

    [Fact]
    public void Launcher_ChoosesTheText_AndRefusesAValueThatIsNotCompiled()
    {
        var launch = CompiledKernel.Load(GeneratorTests.Build(Source, out _)).GetType("LstmGpu.Kernels.TileLauncher")!.GetMethod("Run")!
            .CreateDelegate<Action<IKernelQueue, ILGPU.Index3D, KernelMemory<int>, int, int, bool>>();
        var queue = new RecordingQueue();

        launch(queue, (1, 1, 1), default, 8, 5, true);

        Assert.Equal("TileKernels_Run_8_true", queue.Text!.Name);
        Assert.Equal(["view Int32 0+0", "5 Int32"], queue.Arguments);
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => launch(queue, (1, 1, 1), default, 5, 5, true));
        Assert.Contains("compiled for tile 4, 8; doubled false, true", refusal.Message);
    }

    [Theory]
    [InlineData("SpecializedValue<int> n")]
    [InlineData("[Values] SpecializedValue<int> n")]
    [InlineData("[Values(1, true)] SpecializedValue<int> n")]
    [InlineData("[Values(1f)] SpecializedValue<float> n")]
    public void SpecialisedParameter_WithoutValuesOfItsType_IsAnError(string parameter)
    {
        CompiledKernel kernel = CompiledKernel.From($"static class K {{ [Kernel(1)] static void Run({parameter}) {{ }} }}");

        Assert.Equal("LGK027", kernel.Translation.Diagnostics.Single().Id);
    }

    [Fact]
    public void Constant_HandedToAHelperAsASpecialisedValue_IsALiteralInIt()
    {
        CompiledKernel kernel = CompiledKernel.From("""
            internal static class K
            {
                static int Twice(SpecializedValue<int> n) => n == 6 ? 777 : 888;
                [Kernel(1)]
                internal static void Run([Values(3, 4)] SpecializedValue<int> half, ArrayView<int> a)
                {
                    SpecializedValue<int> whole = SpecializedValue.New(half * 2);
                    a[0] = Twice(whole);
                }
            }
            """);
        kernel.Texts();

        Assert.Equal([true, false], kernel.Translations.Select(t => t.OpenCl!.Contains("K_Twice_6", StringComparison.Ordinal)));
        Assert.Equal([false, true], kernel.Translations.Select(t => t.OpenCl!.Contains("K_Twice_8", StringComparison.Ordinal)));
    }

    [Fact]
    public void KernelText_ForEachCombination_IsListed()
    {
        Compilation built = GeneratorTests.Build(Source, out _);

        Assert.Equal(4, ((IReadOnlyList<KernelText>)CompiledKernel.Load(built).GetType("LstmGpu.Kernels.KernelTexts")!.GetProperty("All")!.GetValue(null)!).Count);
    }
}
