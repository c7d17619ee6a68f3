using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LstmGpu.KernelCompiler;

/// <summary>At build time: every method marked [Kernel] becomes its texts and a launcher, and what cannot be translated becomes an error.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class KernelGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<GeneratedKernel> kernels = context.SyntaxProvider.ForAttributeWithMetadataName(
            KernelTranslator.Attribute,
            (node, _) => node is Microsoft.CodeAnalysis.CSharp.Syntax.MethodDeclarationSyntax,
            (found, cancellation) =>
            {
                var method = (IMethodSymbol)found.TargetSymbol;
                return GeneratedKernel.From(method, KernelTranslator.Translate(method, found.SemanticModel.Compilation, cancellation));
            });
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
        context.RegisterSourceOutput(kernels.SelectMany((k, _) => k.Texts).Collect(), (output, names) =>
        {
            if (!names.IsEmpty)
            {
                output.AddSource("KernelTexts.g.cs", SourceText.From(GeneratedKernel.WriteList(names), Encoding.UTF8));
            }
        });
    }
}
