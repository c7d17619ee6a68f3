using System.Globalization;
using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>The values for which a kernel is compiled: those of its [Values], in every combination.</summary>
internal static class Specialization
{
    private const string Attribute = "LstmGpu.Kernels.ValuesAttribute";

    public static IEnumerable<IParameterSymbol> Parameters(IMethodSymbol kernel) => kernel.Parameters.Where(p => TypeText.IsSpecialized(p.Type));

    /// <summary>What [Values] lists; empty when it is missing or names a value that the parameter cannot hold.</summary>
    public static IReadOnlyList<object> ValuesOf(IParameterSymbol parameter)
    {
        ITypeSymbol type = TypeText.Element(parameter.Type);
        AttributeData? attribute = parameter.GetAttributes().FirstOrDefault(a => a.AttributeClass?.ToDisplayString() == Attribute);
        TypedConstant[] listed = [.. attribute?.ConstructorArguments.Where(a => a.Kind == TypedConstantKind.Array && !a.IsNull).SelectMany(a => a.Values) ?? []];
        bool fits = type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Boolean
            && listed.All(v => SymbolEqualityComparer.Default.Equals(v.Type, type));
        return fits ? [.. listed.Select(v => v.Value!).Distinct()] : [];
    }

    public static IEnumerable<object[]> Combinations(IMethodSymbol kernel) =>
        Parameters(kernel).Select(ValuesOf).Aggregate(
            (IEnumerable<object[]>)[[]],
            (heads, values) => heads.SelectMany(head => values.Select(value => (object[])[.. head, value])));

    public static string Suffix(IEnumerable<object> values) => string.Concat(values.Select(v => "_" + Text(v).Replace('-', 'm')));

    /// <summary>As it is written in C# and in C.</summary>
    public static string Text(object value) => value is bool b ? (b ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture);
}
