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
                return Bits(unit.NameOf(call.Type!, call.Syntax), call.Arguments[0].Value);
            case "Atomic":
                return Atomic(call);
            case "Group" when name == "Broadcast" && IsWord(call):
                return Exchange(ExchangeFunctions.GroupBroadcast, call);
            case "Warp":
                return Warp(call);
            default:
                return null;
        }
    }

    private string? Warp(IInvocationOperation call)
    {
        string name = call.TargetMethod.Name;
        return name switch
        {
            "Barrier" => Dialect.WarpBarrier,
            "Shuffle" or "ShuffleDown" or "ShuffleUp" or "ShuffleXor" or "Broadcast" when IsWord(call) => Dialect.HasWarps
                ? Dialect.Shuffle(name, Value(call.Arguments[0].Value), Value(call.Arguments[1].Value), call.Type!.SpecialType)
                : Exchange(name switch { "ShuffleDown" => "lgk_shuffle_down", "ShuffleUp" => "lgk_shuffle_up", "ShuffleXor" => "lgk_shuffle_xor", _ => "lgk_shuffle" }, call),
            _ => null,
        };
    }

    private static bool IsWord(IInvocationOperation call) =>
        call.Arguments.Length == 2 && call.Type?.SpecialType is SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single;

    private string Exchange(string function, IInvocationOperation call)
    {
        exchanges = true;
        string bits = Bits("uint", call.Arguments[0].Value);
        string received = $"{unit.Support(function)}({ExchangeFunctions.Buffer}, {bits}, {Bare(Value(call.Arguments[1].Value))})";
        return Dialect.BitCast(unit.NameOf(call.Type!, call.Syntax), received);
    }

    // Of a component of a vector clang 19 takes the bits of the first one, whichever it is, unless + makes a value of it.
    private string Bits(string type, IOperation value)
    {
        string text = Bare(Value(value));
        return Dialect.BitCast(type, value is IFieldReferenceOperation ? $"+({text})" : text);
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
            "Grid" => Place(name, "group", "Grid"),
            "Group" when name == "LinearIndex" => Dialect.LinearIndex(unit.GroupSize),
            "Group" when name == "IsFirstThread" => $"({Dialect.LinearIndex(unit.GroupSize)} == 0)",
            "Group" => Place(name, "thread", "Group"),
            "Warp" when name == "WarpSize" => "32",
            "Warp" when name == "WarpIdx" => $"({Dialect.LinearIndex(unit.GroupSize)} / 32)",
            "Warp" when name == "LaneIdx" => $"({Dialect.LinearIndex(unit.GroupSize)} & 31)",
            "Warp" when name == "IsFirstLane" => $"(({Dialect.LinearIndex(unit.GroupSize)} & 31) == 0)",
            "Index1D" or "Index2D" or "Index3D" when name.Length == 1 && property.Instance is ILocalReferenceOperation local && indices.TryGetValue(local.Local, out string? index) =>
                $"{index}_{name}",
            "Index3D" or "Index2D" when property.Instance is IPropertyReferenceOperation { Property: { ContainingType: { } source } whole } && TypeText.IsIlgpu(source) =>
                Component(source.Name, whole.Name, name),
            _ => null,
        };
        return text ?? Unknown(property);
    }

    private string? Place(string member, string index, string owner)
    {
        int axis = member.Length == 4 ? "XYZ".IndexOf(member[3]) : -1;
        return axis < 0 ? null
            : member.StartsWith("Idx", StringComparison.Ordinal) ? Dialect.Position(index, axis)
            : member.StartsWith("Dim", StringComparison.Ordinal) ? Component(owner, "Dimension", member.Substring(3))
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
            ("Group", "Dimension") => $"{GroupSize(axis)}",
            ("Grid", "GlobalIndex") => $"({Dialect.Position("group", axis)} * {GroupSize(axis)} + {Dialect.Position("thread", axis)})",
            _ => null,
        };
    }

    private int GroupSize(int axis) => axis switch { 0 => unit.GroupSize.X, 1 => unit.GroupSize.Y, _ => unit.GroupSize.Z };
}
