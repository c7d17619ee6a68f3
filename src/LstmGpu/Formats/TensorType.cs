using System.Collections.Frozen;

namespace LstmGpu.Formats;

/// <summary>Element types of the safetensors format that fill whole bytes.</summary>
internal enum TensorType
{
    Bool,
    U8,
    I8,
    F8E4M3,
    F8E5M2,
    F8E8M0,
    U16,
    I16,
    F16,
    BF16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
    C64,
}

/// <summary>Names and sizes of <see cref="TensorType"/> as the format writes them.</summary>
internal static class TensorTypes
{
    private static readonly (string Name, int Bytes)[] Table =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1), ("F8_E4M3", 1), ("F8_E5M2", 1), ("F8_E8M0", 1),
        ("U16", 2), ("I16", 2), ("F16", 2), ("BF16", 2),
        ("U32", 4), ("I32", 4), ("F32", 4),
        ("U64", 8), ("I64", 8), ("F64", 8), ("C64", 8),
    ];

    private static readonly FrozenDictionary<string, TensorType> ByName =
        Enum.GetValues<TensorType>().ToFrozenDictionary(NameOf, StringComparer.Ordinal);

    public static string NameOf(this TensorType type) => Table[(int)type].Name;

    /// <summary>Bytes of one element.</summary>
    public static int BytesOf(this TensorType type) => Table[(int)type].Bytes;

    public static bool TryParse(string name, out TensorType type) => ByName.TryGetValue(name, out type);
}
