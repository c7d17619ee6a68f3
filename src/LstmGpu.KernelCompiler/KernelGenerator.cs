using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LstmGpu.KernelCompiler;

/// <summary>At build time: every method marked [Kernel] becomes a class of constants beside it, and what cannot be translated becomes an error.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class KernelGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<GeneratedKernel> kernels = context.SyntaxProvider.ForAttributeWithMetadataName(
            KernelTranslator.Attribute,
            (node, _) => node is Microsoft.CodeAnalysis.CSharp.Syntax.MethodDeclarationSyntax,
            (found, cancellation) => GeneratedKernel.From(KernelTranslator.Translate((IMethodSymbol)found.TargetSymbol, found.SemanticModel.Compilation, cancellation)));
        context.RegisterSourceOutput(kernels, (output, kernel) =>
        {
            foreach (Diagnostic diagnostic in kernel.Diagnostics)
            {
                output.ReportDiagnostic(diagnostic);
            }

            if (kernel.Source is not null)
            {
                output.AddSource(kernel.Name + ".g.cs", SourceText.From(kernel.Source, Encoding.UTF8));
            }
        });
    }
}
