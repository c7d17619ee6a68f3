using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LstmGpu.KernelCompiler;

internal sealed partial class FunctionWriter
{
    private string? Intrinsic(IInvocationOperation call)
    {
        string name = call.TargetMethod.Name;
        switch (call.TargetMethod.ContainingType.Name)
        {
            case "Group" when name == "Barrier":
                return Dialect.Barrier;
            case "MemoryFence" when name is "GroupLevel" or "DeviceLevel" or "SystemLevel":
                return Dialect.Fence(name);
            case "Interop" when name is "FloatAsInt" or "IntAsFloat":
                return Dialect.BitCast(unit.NameOf(call.Type!, call.Syntax), Bare(Value(call.Arguments[0].Value)));
            case "Atomic":
                return Atomic(call);
            case "Warp":
                return Warp(name, call);
            default:
                return null;
        }
    }

    private string? Warp(string member, IOperation where)
    {
        unit.Features.Warps = true;
        var values = where is IInvocationOperation call ? call.Arguments.Select(a => Value(a.Value)).ToList() : [];

        // OpenCL 1.2 has no warps: the text for it is dropped afterwards, so the word only has to stand for something.
        return Dialect.HasWarps ? Dialect.Warp(member, values, where.Type) : "0";
    }

    private string? Atomic(IInvocationOperation call)
    {
        string operation = call.TargetMethod.Name.ToLowerInvariant();
        ITypeSymbol type = call.Arguments[0].Value.Type!;
        if (TypeText.IsFloating(type))
        {
            return Outside(Rules.FloatAtomic, call, "Atomic." + call.TargetMethod.Name);
        }

        if (operation is not ("add" or "min" or "max" or "and" or "or" or "xor" or "exchange" or "compareexchange"))
        {
            return null;
        }

        bool is64 = type.SpecialType is SpecialType.System_Int64 or SpecialType.System_UInt64;
        unit.Features.LongAtomics |= is64;
        unit.Features.LongExtremeAtomics |= is64 && operation is "min" or "max" or "and" or "or" or "xor";
        string pointer = Address(call.Arguments[0].Value, out AddressSpace space);
        if (space == AddressSpace.Private && Dialect.HasAddressSpaces)
        {
            return Outside(Rules.AddressSpace, call);
        }

        return Dialect.Atomic(operation, unit.NameOf(type, call.Syntax), is64, pointer, [.. call.Arguments.Skip(1).Select(a => Bare(Value(a.Value)))]);
    }

    private string Property(IPropertyReferenceOperation property)
    {
        INamedTypeSymbol owner = property.Property.ContainingType;
        string name = property.Property.Name;
        if (TypeText.IsView(owner))
        {
            return property.Property.IsIndexer ? Element(property) : name switch
            {
                "Length" => View(property.Instance!).Length,
                "IntLength" => $"(int){View(property.Instance!).Length}",
                "LengthInBytes" => $"({View(property.Instance!).Length} * (long)sizeof({unit.StoredNameOf(TypeText.Element(owner), property.Syntax)}))",
                _ => Unknown(property),
            };
        }

        if (!TypeText.IsIlgpu(owner))
        {
            return StructProperty(property);
        }

        string? text = owner.Name switch
        {
            "Grid" => Place(name, "group", "groups"),
            "Group" when name == "LinearIndex" => Linear(),
            "Group" when name == "IsFirstThread" => $"({Linear()} == 0)",
            "Group" => Place(name, "thread", "threads"),
            "Warp" when name == "WarpIdx" => Dialect.HasWarps ? $"({Warped(Linear())} / 32)" : Warp(name, property),
            "Warp" when name == "LaneIdx" => Dialect.HasWarps ? $"({Warped(Linear())} & 31)" : Warp(name, property),
            "Warp" when name == "IsFirstLane" => Dialect.HasWarps ? $"(({Warped(Linear())} & 31) == 0)" : Warp(name, property),
            "Warp" => Warp(name, property),
            "Index3D" or "Index2D" when property.Instance is IPropertyReferenceOperation { Property: { ContainingType: { } source } whole } && TypeText.IsIlgpu(source) =>
                Component(source.Name, whole.Name, name),
            _ => null,
        };
        return text ?? Unknown(property);
    }

    private string Warped(string text)
    {
        unit.Features.Warps = true;
        return text;
    }

    private string? Place(string member, string index, string size)
    {
        int axis = member.Length == 4 ? "XYZ".IndexOf(member[3]) : -1;
        return axis < 0 ? null
            : member.StartsWith("Idx", StringComparison.Ordinal) ? Dialect.Position(index, axis)
            : member.StartsWith("Dim", StringComparison.Ordinal) ? Dialect.Position(size, axis)
            : null;
    }

    private string? Component(string owner, string whole, string member)
    {
        int axis = member.Length == 1 ? "XYZ".IndexOf(member[0]) : -1;
        return axis < 0 ? null : (owner, whole) switch
        {
            ("Grid", "Index") => Dialect.Position("group", axis),
            ("Grid", "Dimension") => Dialect.Position("groups", axis),
            ("Group", "Index") => Dialect.Position("thread", axis),
            ("Group", "Dimension") => Dialect.Position("threads", axis),
            ("Grid", "GlobalIndex") => $"({Dialect.Position("group", axis)} * {Dialect.Position("threads", axis)} + {Dialect.Position("thread", axis)})",
            _ => null,
        };
    }

    private string Linear() =>
        $"(({Dialect.Position("thread", 2)} * {Dialect.Position("threads", 1)} + {Dialect.Position("thread", 1)}) * {Dialect.Position("threads", 0)} + {Dialect.Position("thread", 0)})";
}
