using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LstmGpu.KernelCompiler;

/// <summary>The C# method that launches a kernel, and the struct that carries its arguments.</summary>
internal static class LauncherText
{
    public static string Write(IMethodSymbol kernel, IReadOnlyList<KernelTranslation> translations)
    {
        string call = kernel.Name + "Call";
        string list = string.Join(", ", kernel.Parameters.Select(p => $"{TypeOf(p)} {Name(p)}"));
        string names = string.Join(", ", kernel.Parameters.Select(Name));
        string queue = Free("queue", kernel), grid = Free("grid", kernel), bytes = Free("dynamicSharedBytes", kernel);
        string text = Free("text", kernel), arguments = Free("arguments", kernel), views = Free("views", kernel);
        bool isDynamic = translations.Any(t => t.UsesDynamicSharedMemory);
        string passed = string.Concat(kernel.Parameters.Where(p => !TypeText.IsSpecialized(p.Type)).Select(p => $"\n                {Pass(p, arguments)};"));
        string run = string.Join(", ", kernel.Parameters.Select(p => TypeText.IsView(p.Type) ? $"{views}.View({Name(p)})" : TypeText.IsSpecialized(p.Type) ? $"new({Name(p)})" : Name(p)));
        return $$"""
            namespace {{NamespaceOf(kernel)}}
            {
                internal static partial class {{ClassOf(kernel)}}
                {
                    public static void {{kernel.Name}}({{Joined($"global::LstmGpu.Kernels.IKernelQueue {queue}", $"global::ILGPU.Index3D {grid}", isDynamic ? $"int {bytes}" : "", list)}}) =>
                        {{queue}}.Launch(new {{call}}({{Joined(Choice(kernel, translations), names)}}), {{Joined(grid, isDynamic ? bytes : "")}});

                    internal readonly struct {{call}}({{Joined($"global::LstmGpu.Kernels.KernelText {text}", list)}}) : global::LstmGpu.Kernels.IKernelCall
                    {
                        public global::LstmGpu.Kernels.KernelText Kernel => {{text}};

                        public void Pass<TArguments>(ref TArguments {{arguments}}) where TArguments : global::LstmGpu.Kernels.IKernelArguments, allows ref struct
                        {{{passed}}
                        }

                        public void Run<TViews>(TViews {{views}}) where TViews : global::LstmGpu.Kernels.IKernelViews =>
                            {{Full(kernel.ContainingType)}}.{{Escaped(kernel.Name)}}({{run}});
                    }
                }
            }

            """;
    }

    // The text for these specialised values.
    private static string Choice(IMethodSymbol kernel, IReadOnlyList<KernelTranslation> translations)
    {
        const string Texts = "global::LstmGpu.Kernels.KernelTexts.";
        IParameterSymbol[] parameters = [.. Specialization.Parameters(kernel)];
        if (parameters.Length == 0)
        {
            return Texts + translations[0].Name;
        }

        string given = string.Join(", ", parameters.Select(Name));
        string cases = string.Join(", ", translations.Select(t => $"({string.Join(", ", t.Values.Select(Specialization.Text))}) => {Texts}{t.Name}"));
        string compiled = string.Join("; ", parameters.Select(p => $"{p.Name} {string.Join(", ", Specialization.ValuesOf(p).Select(Specialization.Text))}"));
        bool isEvery = parameters.All(p => TypeText.Element(p.Type).SpecialType == SpecialType.System_Boolean) && translations.Count == 1 << parameters.Length;
        return $"({given}) switch {{ {cases}" + (isEvery
            ? " }"
            : $", _ => throw new global::System.ArgumentOutOfRangeException(\"{given}\", ({given}), \"{kernel.ContainingType.Name}.{kernel.Name} is compiled for {compiled}; add to [Values]\") }}");
    }

    /// <summary>May code beside the kernel's class call the kernel?</summary>
    public static bool Reaches(IMethodSymbol kernel)
    {
        for (ISymbol? symbol = kernel; symbol is IMethodSymbol or INamedTypeSymbol; symbol = symbol.ContainingType)
        {
            if (symbol.DeclaredAccessibility is not (Accessibility.Internal or Accessibility.Public or Accessibility.ProtectedOrInternal)
                || symbol is INamedTypeSymbol { IsFileLocal: true })
            {
                return false;
            }
        }

        return true;
    }

    private static string ClassOf(IMethodSymbol kernel)
    {
        string name = kernel.ContainingType.Name;
        return (name.EndsWith("Kernels", StringComparison.Ordinal) ? name.Substring(0, name.Length - "Kernels".Length) : name) + "Launcher";
    }

    private static string NamespaceOf(IMethodSymbol kernel) =>
        kernel.ContainingNamespace is { IsGlobalNamespace: false } own ? own.ToDisplayString() : "LstmGpu.Kernels";

    private static string TypeOf(IParameterSymbol parameter) =>
        TypeText.IsView(parameter.Type)
            ? $"global::LstmGpu.Kernels.KernelMemory<{Full(TypeText.Element(parameter.Type))}>"
        : TypeText.IsSpecialized(parameter.Type) ? Full(TypeText.Element(parameter.Type))
        : Full(parameter.Type);

    private static string Pass(IParameterSymbol parameter, string arguments) =>
        TypeText.IsView(parameter.Type) ? $"{arguments}.View({Name(parameter)})"
        : parameter.Type.SpecialType == SpecialType.System_Boolean ? $"{arguments}.Value({Name(parameter)} ? (byte)1 : (byte)0)"
        : $"{arguments}.Value({Name(parameter)})";

    private static string Full(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    private static string Name(IParameterSymbol parameter) => Escaped(parameter.Name);

    private static string Escaped(string name) => SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None ? name : "@" + name;

    // A parameter of the same name would be hidden without a word.
    private static string Free(string name, IMethodSymbol kernel) => kernel.Parameters.Any(p => p.Name == name) ? Free(name + "_", kernel) : name;

    private static string Joined(params string[] parts) => string.Join(", ", parts.Where(p => p != ""));
}
