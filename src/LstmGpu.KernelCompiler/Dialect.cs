using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>Everything in which OpenCL C and CUDA C differ. What is not here is the same text in both.</summary>
internal abstract class Dialect
{
    public abstract bool HasAddressSpaces { get; }

    public abstract bool HasWarps { get; }

    public abstract string FunctionPrefix { get; }

    public abstract string Barrier { get; }

    public abstract string WarpBarrier { get; }

    /// <summary>x fastest, then y, then z.</summary>
    public string LinearIndex((int X, int Y, int Z) group)
    {
        string text = group.Z == 1 ? Position("thread", 1) : $"({Position("thread", 2)} * {group.Y} + {Position("thread", 1)})";
        return group is { Y: 1, Z: 1 } ? Position("thread", 0) : $"({text} * {group.X} + {Position("thread", 0)})";
    }

    public abstract string KernelPrefix((int X, int Y, int Z) group);

    public abstract string Preamble(Features features);

    public abstract string Qualifier(AddressSpace space);

    public abstract string Shared(string type, string name, long count);

    /// <summary>One of group, groups, thread: index or number, along an axis 0…2, as int.</summary>
    public abstract string Position(string what, int axis);

    public abstract string Fence(string level);

    public abstract string BitCast(string type, string value);

    /// <summary>An exact function of one float or double: fabs, sqrt, floor, ceil, trunc, rint.</summary>
    public abstract string Exact(string function, bool isDouble, string value);

    public abstract string Atomic(string operation, string type, bool is64, string pointer, IReadOnlyList<string> values);

    public abstract string StructValue(string type, string fields);

    public abstract string VectorType(string name, string element, int count);

    public abstract string VectorValue(string type, string components);

    /// <summary>A function between float and the 16 bits of a half: exact one way, to nearest even the other.</summary>
    public abstract string HalfConversion(string name, bool toHalf);

    /// <summary>A shuffle by Shuffle, ShuffleDown, ShuffleUp, ShuffleXor or Broadcast, where the language has warps.</summary>
    public abstract string Shuffle(string member, string value, string lane, SpecialType type);

    public virtual string Primitive(SpecialType type) => type switch
    {
        SpecialType.System_Void => "void",
        SpecialType.System_Boolean => "bool",
        SpecialType.System_SByte => "char",
        SpecialType.System_Byte => "uchar",
        SpecialType.System_Int16 => "short",
        SpecialType.System_UInt16 or SpecialType.System_Char => "ushort",
        SpecialType.System_Int32 => "int",
        SpecialType.System_UInt32 => "uint",
        SpecialType.System_Int64 => "long",
        SpecialType.System_UInt64 => "ulong",
        SpecialType.System_Single => "float",
        SpecialType.System_Double => "double",
        _ => "",
    };
}
