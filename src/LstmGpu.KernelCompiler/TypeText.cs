using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>Questions about C# types that decide how they look in C.</summary>
internal static class TypeText
{
    public static ITypeSymbol Underlying(ITypeSymbol type) => type is INamedTypeSymbol { EnumUnderlyingType: { } underlying } ? underlying : type;

    public static bool IsView(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "ArrayView", Arity: 1 } view && IsIlgpu(view);

    public static bool IsSpecialized(ITypeSymbol? type) => type is INamedTypeSymbol { Name: "SpecializedValue", Arity: 1 } value && IsIlgpu(value);

    public static bool IsIndex(ITypeSymbol? type) => type is { Name: "Index1D" or "Index2D" or "Index3D" } && IsIlgpu(type);

    public static bool IsIlgpu(ITypeSymbol? type) => type?.ContainingNamespace?.ToDisplayString() is "ILGPU" or "ILGPU.Runtime" or "ILGPU.Algorithms";

    public static ITypeSymbol Element(ITypeSymbol generic) => ((INamedTypeSymbol)generic).TypeArguments[0];

    public static bool IsInteger(ITypeSymbol type) => Underlying(type).SpecialType is >= SpecialType.System_Char and <= SpecialType.System_UInt64;

    public static bool IsFloating(ITypeSymbol? type) => type?.SpecialType is SpecialType.System_Single or SpecialType.System_Double;

    public static bool IsSmall(ITypeSymbol type) => Underlying(type).SpecialType is
        SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Char;

    /// <summary>The unsigned C type in which a signed type wraps, or null when the arithmetic needs no detour.</summary>
    public static string? WrapsIn(ITypeSymbol type) => Underlying(type).SpecialType switch
    {
        SpecialType.System_Int32 => "uint",
        SpecialType.System_Int64 => "ulong",
        _ => null,
    };

    public static bool IsHalf(ITypeSymbol? type) => type is { Name: "Half" } && IsIlgpu(type);

    public static bool IsPrimitive(ITypeSymbol type) => IsHalf(type) || Underlying(type).SpecialType is
        SpecialType.System_Boolean or (>= SpecialType.System_Char and <= SpecialType.System_UInt64) or SpecialType.System_Single or SpecialType.System_Double;

    /// <summary>Fields of a struct in order, the hidden ones behind automatic properties included.</summary>
    public static IEnumerable<IFieldSymbol> Fields(ITypeSymbol type) => type.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic && !f.IsConst);

    public static string FieldName(IFieldSymbol field) => Names.Variable(field.AssociatedSymbol?.Name ?? field.Name);
}
