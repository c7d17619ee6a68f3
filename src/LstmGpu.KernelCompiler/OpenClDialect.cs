using System.Text;
using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>OpenCL C 1.2. Division and square root are exact only with the build option -cl-fp32-correctly-rounded-divide-sqrt.</summary>
internal sealed class OpenClDialect : Dialect
{
    private const string AllMemory = "CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE";

    public override bool HasAddressSpaces => true;

    public override bool HasWarps => false;

    public override string KernelPrefix((int X, int Y, int Z) group) =>
        $"__kernel __attribute__((reqd_work_group_size({group.X}, {group.Y}, {group.Z}))) void ";

    public override string FunctionPrefix => "static ";

    public override string Barrier => $"barrier({AllMemory})";

    public override string WarpBarrier => Barrier;

    public override string Preamble(Features features)
    {
        var text = new StringBuilder($"#pragma OPENCL FP_CONTRACT {(features.Contraction ? "ON" : "OFF")}\n");
        text.Append(features.Doubles ? "#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n" : "");
        text.Append(features.LongAtomics ? "#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n" : "");
        text.Append(features.LongExtremeAtomics ? "#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable\n" : "");
        return text.ToString();
    }

    public override string Qualifier(AddressSpace space) => space switch
    {
        AddressSpace.Global => "__global ",
        AddressSpace.Local => "__local ",
        _ => "__private ",
    };

    public override string Shared(string type, string name, long count) => $"__local {type} {name}[{count}] __attribute__((aligned(16)));";

    public override string Position(string what, int axis) => what switch
    {
        "group" => $"(int)get_group_id({axis})",
        "groups" => $"(int)get_num_groups({axis})",
        _ => $"(int)get_local_id({axis})",
    };

    public override string Fence(string level) => $"mem_fence({AllMemory})";

    public override string BitCast(string type, string value) => $"as_{type}({value})";

    public override string Exact(string function, bool isDouble, string value) => $"{function}({value})";

    public override string Atomic(string operation, string type, bool is64, string pointer, IReadOnlyList<string> values)
    {
        string name = operation switch { "exchange" => "xchg", "compareexchange" => "cmpxchg", _ => operation };
        return $"{(is64 ? "atom" : "atomic")}_{name}({pointer}, {string.Join(", ", values)})";
    }

    public override string StructValue(string type, string fields) => $"({type}){{ {fields} }}";

    public override string VectorType(string name, string element, int count) => $"typedef {element}{count} {name};\n";

    public override string VectorValue(string type, string components) => $"({type})({components})";

    public override string HalfConversion(string name, bool toHalf) => toHalf
        ? $"ushort {name}(float x)\n{{\n    ushort bits;\n    vstore_half_rte(x, 0, (__private half*)&bits);\n    return bits;\n}}\n"
        : $"float {name}(ushort bits)\n{{\n    return vload_half(0, (__private const half*)&bits);\n}}\n";

    public override string Shuffle(string member, string value, string lane, SpecialType type) => throw new NotSupportedException();
}
