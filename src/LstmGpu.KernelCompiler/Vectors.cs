using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>Structs marked [Vector] become vector types of C: compilers copy a struct member by member, a vector in one access.</summary>
internal static class Vectors
{
    private const string Attribute = "LstmGpu.Kernels.VectorAttribute";

    /// <summary>The most that one access reads or writes, and to which every array is aligned.</summary>
    private const int MostBytes = 16;

    public static bool Is(ITypeSymbol? type) =>
        type?.TypeKind == TypeKind.Struct && type.GetAttributes().Any(a => a.AttributeClass?.ToDisplayString() == Attribute);

    public static bool IsWellFormed(ITypeSymbol type)
    {
        IFieldSymbol[] fields = [.. TypeText.Fields(type)];
        return fields.Length is 2 or 4
            && fields.All(f => SymbolEqualityComparer.Default.Equals(f.Type, fields[0].Type))
            && SizeOf(fields[0].Type) is > 0 and int size && size * fields.Length <= MostBytes;
    }

    public static string Component(IFieldSymbol field) => "xyzw"[Ordinal(field)].ToString();

    public static int Ordinal(IFieldSymbol field) => Math.Min(3, Array.FindIndex([.. TypeText.Fields(field.ContainingType)], f => SymbolEqualityComparer.Default.Equals(f, field)));

    private static int SizeOf(ITypeSymbol type) => TypeText.IsHalf(type) ? 2 : type.SpecialType switch
    {
        SpecialType.System_SByte or SpecialType.System_Byte => 1,
        SpecialType.System_Int16 or SpecialType.System_UInt16 => 2,
        SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single => 4,
        SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_Double => 8,
        _ => 0,
    };
}
