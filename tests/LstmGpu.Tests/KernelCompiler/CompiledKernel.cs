using System.Reflection;
using System.Runtime.Loader;
using LstmGpu.KernelCompiler;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace LstmGpu.Tests.KernelCompiler;

/// <summary>C# source compiled as the tests' own assembly, which may see the kernel language, and the kernel in it.</summary>
internal sealed class CompiledKernel
{
    private static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(LstmGpu.Kernels.Gate).Assembly.Location)
            .Distinct()
            .Select(p => MetadataReference.CreateFromFile(p)),
    ];

    private readonly CSharpCompilation compilation;

    private CompiledKernel(CSharpCompilation compilation, IReadOnlyList<KernelTranslation> translations) => (this.compilation, Translations) = (compilation, translations);

    public IReadOnlyList<KernelTranslation> Translations { get; }

    public KernelTranslation Translation => Translations[0];

    public static CompiledKernel From(string source, string kernel = "Run", params string[] files)
    {
        CSharpCompilation compilation = Compile(source, files);
        IMethodSymbol method = compilation.GetSymbolsWithName(kernel, SymbolFilter.Member).OfType<IMethodSymbol>().First(m => m.GetAttributes().Length > 0);
        return new(compilation, KernelTranslator.Translate(method, compilation));
    }

    public static CSharpCompilation Compile(string source, params string[] files)
    {
        string usings = "using System; using ILGPU; using ILGPU.Runtime; using LstmGpu.Kernels;\n";
        var trees = files.Select(f => File.ReadAllText(Path.Combine(Repository.Root, f))).Prepend(usings + source)
            .Select((text, n) => CSharpSyntaxTree.ParseText(text, new(LanguageVersion.Latest), $"Source{n}.cs"));
        return CSharpCompilation.Create("LstmGpu.Tests", trees, References, new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    /// <summary>The two texts, after a check that the C# compiles and the translator has nothing against it.</summary>
    public (string OpenCl, string Cuda) Texts()
    {
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        Assert.Empty(Translation.Diagnostics);
        return (Translation.OpenCl!, Translation.Cuda!);
    }

    /// <summary>A static method of the same source, as .NET runs it.</summary>
    public MethodInfo Method(string name)
    {
        Assembly assembly = Load(compilation);
        return assembly.GetTypes().SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).Single(m => m.Name == name);
    }

    public static Assembly Load(Compilation compilation)
    {
        using var image = new MemoryStream();
        EmitResult result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        image.Position = 0;
        return new AssemblyLoadContext(null, isCollectible: true).LoadFromStream(image);
    }
}
