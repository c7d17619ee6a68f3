using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>
/// CUDA C for clang without the CUDA headers. -ffp-contract=off is needed beside the pragma: the PTX back end fuses on its own otherwise.
/// Warp functions need PTX 6.0: -Xclang -target-feature -Xclang +ptx80.
/// </summary>
internal sealed class CudaDialect : Dialect
{
    public override bool HasAddressSpaces => false;

    public override bool HasWarps => true;

    public override string KernelPrefix((int X, int Y, int Z) group) =>
        $"extern \"C\" __attribute__((global)) __attribute__((launch_bounds({group.X * group.Y * group.Z}))) void ";

    public override string FunctionPrefix => "static __attribute__((device)) ";

    public override string Barrier => "__syncthreads()";

    public override string WarpBarrier => "__nvvm_bar_warp_sync(0xFFFFFFFFu)";

    public override string Preamble(Features features) =>
        (features.ComputeCapability > 0 ? $"// sm_{features.ComputeCapability} and later\n" : "")
        + $"#pragma clang fp contract({(features.Contraction ? "fast" : "off")})\n"
        + """
        static_assert(sizeof(long) == 8, "compile for a host with a 64-bit long");
        typedef unsigned char uchar;
        typedef unsigned short ushort;
        typedef unsigned int uint;
        typedef unsigned long ulong;

        """
        + (features.DynamicSharedMemory ? "extern __attribute__((shared)) __attribute__((aligned(16))) uchar lgk_dynamic[];\n" : "");

    public override string Qualifier(AddressSpace space) => "";

    public override string Shared(string type, string name, long count) => $"static __attribute__((shared)) __attribute__((aligned(16))) {type} {name}[{count}];";

    public override string Position(string what, int axis)
    {
        string register = what switch { "group" => "ctaid", "groups" => "nctaid", _ => "tid" };
        return $"__nvvm_read_ptx_sreg_{register}_{"xyz"[axis]}()";
    }

    public override string Fence(string level) => level switch
    {
        "GroupLevel" => "__nvvm_membar_cta()",
        "DeviceLevel" => "__nvvm_membar_gl()",
        _ => "__nvvm_membar_sys()",
    };

    public override string BitCast(string type, string value) => $"__builtin_bit_cast({type}, {value})";

    public override string Exact(string function, bool isDouble, string value) =>
        function == "sqrt" ? $"__nvvm_sqrt_rn_{(isDouble ? "d" : "f")}({value})" : $"__builtin_{function}{(isDouble ? "" : "f")}({value})";

    public override string Atomic(string operation, string type, bool is64, string pointer, IReadOnlyList<string> values) => operation switch
    {
        "exchange" => $"__atomic_exchange_n({pointer}, {values[0]}, __ATOMIC_RELAXED)",
        "compareexchange" => $"__sync_val_compare_and_swap({pointer}, {values[0]}, {values[1]})",
        _ => $"__atomic_fetch_{operation}({pointer}, {values[0]}, __ATOMIC_RELAXED)",
    };

    public override string StructValue(string type, string fields) => $"{type}{{ {fields} }}";

    public override string VectorType(string name, string element, int count) =>
        $"typedef {element} {name} __attribute__((ext_vector_type({count})));\n";

    public override string VectorValue(string type, string components) => StructValue(type, components);

    public override string HalfConversion(string name, bool toHalf) => toHalf
        ? $"ushort {name}(float x)\n{{\n    ushort bits;\n    asm(\"cvt.rn.f16.f32 %0, %1;\" : \"=h\"(bits) : \"f\"(x));\n    return bits;\n}}\n"
        : $"float {name}(ushort bits)\n{{\n    float x;\n    asm(\"cvt.f32.f16 %0, %1;\" : \"=f\"(x) : \"h\"(bits));\n    return x;\n}}\n";

    public override string Primitive(SpecialType type) => type == SpecialType.System_SByte ? "signed char" : base.Primitive(type);

    public override string Shuffle(string member, string value, string lane, SpecialType type)
    {
        string mode = member switch { "ShuffleDown" => "down", "ShuffleUp" => "up", "ShuffleXor" => "bfly", _ => "idx" };

        // The last operand clamps a lane at the end of the warp; for "up" the end is lane 0.
        string clamp = mode == "up" ? "0" : "31";
        return type switch
        {
            SpecialType.System_Single => $"__nvvm_shfl_sync_{mode}_f32(0xFFFFFFFFu, {value}, {lane}, {clamp})",
            SpecialType.System_UInt32 => $"(uint)__nvvm_shfl_sync_{mode}_i32(0xFFFFFFFFu, (int){value}, {lane}, {clamp})",
            _ => $"__nvvm_shfl_sync_{mode}_i32(0xFFFFFFFFu, {value}, {lane}, {clamp})",
        };
    }
}
