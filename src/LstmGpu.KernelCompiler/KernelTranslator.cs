using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

/// <summary>From a C# method marked [Kernel] to OpenCL C 1.2 and CUDA C.</summary>
public static class KernelTranslator
{
    /// <summary>The full name of the attribute that marks a kernel; its integers are the group size along x, y and z.</summary>
    public const string Attribute = "LstmGpu.Kernels.KernelAttribute";

    /// <summary>
    /// Translates one kernel and every function, constant and struct that it reaches, once per combination of its specialised values.
    /// Never throws for what the C# says: see Diagnostics.
    /// </summary>
    public static IReadOnlyList<KernelTranslation> Translate(IMethodSymbol kernel, Compilation compilation, CancellationToken cancellation = default)
    {
        List<Diagnostic> missing = [.. Specialization.Parameters(kernel)
            .Where(p => Specialization.ValuesOf(p).Count == 0)
            .Select(p => Diagnostic.Create(Rules.Values, p.Locations[0], p.Name, TypeText.Element(p.Type).ToDisplayString()))];
        return missing.Count > 0
            ? [new(Names.Function(kernel), [], null, null, GroupSize(kernel), [], false, missing)]
            : [.. Specialization.Combinations(kernel).Select(values => Translate(kernel, values, compilation, cancellation))];
    }

    private static KernelTranslation Translate(IMethodSymbol kernel, object[] values, Compilation compilation, CancellationToken cancellation)
    {
        string name = Names.Function(kernel) + Specialization.Suffix(values);
        object? Named(string key) => AttributeOf(kernel)?.NamedArguments.FirstOrDefault(a => a.Key == key).Value.Value;
        bool contracts = Named("Contract") is true;
        int capability = Named("ComputeCapability") as int? ?? 0;
        var openCl = new Unit(compilation, new OpenClDialect(), cancellation) { GroupSize = GroupSize(kernel), Features = { Contraction = contracts } };
        string? openClText = capability == 0 ? Write(kernel, name, values, openCl) : "";
        var cuda = new Unit(compilation, new CudaDialect(), cancellation) { GroupSize = GroupSize(kernel), Features = { Contraction = contracts, ComputeCapability = capability } };
        string? cudaText = Write(kernel, name, values, cuda);
        List<Diagnostic> diagnostics = openCl.Diagnostics.Count > 0 ? openCl.Diagnostics : cuda.Diagnostics;
        bool works = diagnostics.Count == 0;
        return new KernelTranslation(
            name,
            values,
            works ? openClText : null,
            works ? cudaText : null,
            GroupSize(kernel),
            [.. kernel.Parameters.Where(p => !TypeText.IsSpecialized(p.Type)).Select(Parameter)],
            cuda.Features.DynamicSharedMemory,
            diagnostics)
        {
            ComputeCapability = capability,
            Cooperative = Named("Cooperative") is true,
            Cluster = Named("Cluster") as int? ?? 0,
        };
    }

    private static string? Write(IMethodSymbol kernel, string name, object[] values, Unit unit)
    {
        SyntaxNode? syntax = kernel.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        if (syntax is null || unit.BodyOf(kernel) is not IMethodBodyBaseOperation body)
        {
            return null;
        }

        if (!kernel.IsStatic || !kernel.ReturnsVoid || kernel.IsGenericMethod || kernel.ContainingType.IsGenericType
            || kernel.ContainingType.GetMembers(kernel.Name).Length > 1 || kernel.Parameters.Any(p => p.RefKind != RefKind.None))
        {
            unit.Report(Rules.Shape, syntax, kernel.Name);
            return null;
        }

        unit.Unused(name);
        unit.Kernel(kernel, name, body, values);
        return unit.Text();
    }

    private static AttributeData? AttributeOf(IMethodSymbol kernel) =>
        kernel.GetAttributes().FirstOrDefault(a => a.AttributeClass?.ToDisplayString() == Attribute);

    private static (int X, int Y, int Z) GroupSize(IMethodSymbol kernel)
    {
        int[] sizes = [.. AttributeOf(kernel)?.ConstructorArguments.Select(a => a.Value).OfType<int>() ?? []];
        int Size(int axis) => axis < sizes.Length ? sizes[axis] : 1;
        return (Size(0), Size(1), Size(2));
    }

    private static KernelParameter Parameter(IParameterSymbol parameter) => TypeText.IsView(parameter.Type)
        ? new(parameter.Name, KernelParameterKind.View, TypeText.Element(parameter.Type).ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat))
        : new(
            parameter.Name,
            TypeText.IsPrimitive(parameter.Type) ? KernelParameterKind.Scalar : KernelParameterKind.Struct,
            parameter.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat));
}
