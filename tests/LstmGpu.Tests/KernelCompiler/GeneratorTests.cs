using LstmGpu.KernelCompiler;
using LstmGpu.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>What a build sees: generated C# that compiles and holds the translator's text, or an error.</summary>
public sealed class GeneratorTests
{
    private const string Good = """
        struct Range { public int First; public float Step; }
        static class K { [Kernel(16, 8)] internal static void Run(ArrayView<float> a, int n, Range range, bool up) { a[Group.IdxX] = up ? n * range.Step : 0f; } }
        """;

    [Fact]
    public void Kernel_BecomesAClassThatHoldsBothTexts()
    {
        Compilation built = Build(Good, out GeneratorDriverRunResult result);

        Assert.Empty(built.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        string generated = result.GeneratedTrees.Single(t => Path.GetFileName(t.FilePath) == "K_Run.g.cs").ToString();
        (string openCl, string cuda) = CompiledKernel.From(Good).Texts();
        Assert.Contains(openCl, generated);
        Assert.Contains(cuda, generated);
        Assert.Contains("(16, 8, 1)", generated);
        Assert.Contains("(\"a\", KernelArgument.View, typeof(float))", generated);
        Assert.Contains("(\"range\", KernelArgument.Struct, typeof(global::Range))", generated);
    }

    [Fact]
    public void KernelOutsideTheLanguage_IsABuildError()
    {
        Build("static class K { [Kernel(1)] static void Run(ArrayView<int> a) { throw null!; } }", out GeneratorDriverRunResult result);

        Assert.Equal("LGK004", result.Diagnostics.Single().Id);
        Assert.DoesNotContain(result.GeneratedTrees, t => t.FilePath.EndsWith("K_Run.g.cs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("static class K { [Kernel(1)] static void Run(int n) { } }")]
    [InlineData("static class Outer { static class K { [Kernel(1)] internal static void Run(int n) { } } }")]
    [InlineData("file static class K { [Kernel(1)] internal static void Run(int n) { } }")]
    public void KernelThatItsLauncherCannotCall_IsABuildError(string source)
    {
        Build(source, out GeneratorDriverRunResult result);

        Assert.Equal("LGK026", result.Diagnostics.Single().Id);
    }

    [Fact]
    public void All_ListsEveryText()
    {
        Compilation built = Build("static class K { [Kernel(1)] internal static void B(int n) { } [Kernel(1)] internal static void A(int n) { } }", out _);

        string[] names = [.. ((IEnumerable<KernelText>)CompiledKernel.Load(built).GetType("LstmGpu.Kernels.KernelTexts")!.GetProperty("All")!.GetValue(null)!).Select(t => t.Name)];

        Assert.Equal(["K_A", "K_B"], names);
    }

    [Fact]
    public void EditElsewhere_WritesNothingAnew()
    {
        CSharpCompilation compilation = CompiledKernel.Compile(Good);
        GeneratorDriver driver = Driver().RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Other;", new(LanguageVersion.Latest))));

        Assert.All(
            driver.GetRunResult().Results.Single().TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs),
            o => Assert.Equal(IncrementalStepRunReason.Cached, o.Reason));
    }

    internal static Compilation Build(string source, out GeneratorDriverRunResult result)
    {
        GeneratorDriver driver = Driver().RunGeneratorsAndUpdateCompilation(CompiledKernel.Compile(source), out Compilation built, out _);
        result = driver.GetRunResult();
        return built;
    }

    private static CSharpGeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new KernelGenerator().AsSourceGenerator()],
        parseOptions: new(LanguageVersion.Latest),
        driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
}
