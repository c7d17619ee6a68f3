using LstmGpu.KernelCompiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>What a build sees: generated C# that compiles and holds the translator's text, or an error.</summary>
public sealed class GeneratorTests
{
    private const string Good = """
        struct Range { public int First; public float Step; }
        static class K { [Kernel(16, 8)] static void Run(ArrayView<float> a, int n, Range range, bool up) { a[Group.IdxX] = up ? n * range.Step : 0f; } }
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
        Assert.Contains("(\"range\", KernelArgument.Struct, typeof(Range))", generated);
    }

    [Fact]
    public void KernelOutsideTheLanguage_IsABuildError()
    {
        Build("static class K { [Kernel(1)] static void Run(ArrayView<int> a) { throw null!; } }", out GeneratorDriverRunResult result);

        Assert.Equal("LGK004", result.Diagnostics.Single().Id);
        Assert.DoesNotContain(result.GeneratedTrees, t => t.FilePath.EndsWith("K_Run.g.cs", StringComparison.Ordinal));
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

    private static Compilation Build(string source, out GeneratorDriverRunResult result)
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
