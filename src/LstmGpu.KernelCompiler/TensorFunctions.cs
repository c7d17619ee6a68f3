namespace LstmGpu.KernelCompiler;

/// <summary>
/// The instructions behind TensorCore and AsyncCopy, one CUDA function each. "memory": a copy must not move past a wait or a barrier, nor the reads of it.
/// </summary>
internal static class TensorFunctions
{
    public const string Cores = "LstmGpu.Kernels.TensorCore";

    public const string Copies = "LstmGpu.Kernels.AsyncCopy";

    public const string Prefix = "tensor";

    // Values of Rounding.
    private static readonly string[] Forms = ["", "tf32", "bf16", "f16"];

    /// <summary>The support function of an intrinsic, or null where there is none.</summary>
    public static string? Name(string method, int? constant) => (method, constant) switch
    {
        ("Single", _) => "lgk_tensor_single",
        ("Pair", 2 or 3) => "lgk_tensor_pair_" + Forms[constant!.Value],
        ("MultiplyAdd", >= 1 and <= 3) => "lgk_tensor_mma_" + Forms[constant!.Value],
        ("One", _) => "lgk_tensor_copy_4",
        ("Four", _) => "lgk_tensor_copy_16",
        ("Commit", _) => "lgk_tensor_commit",
        ("Wait", >= 0 and <= 7) => "lgk_tensor_wait_" + constant,
        _ => null,
    };

    public static string Text(string name)
    {
        string[] words = name.Split('_');
        string last = words[words.Length - 1];
        return words[2] switch
        {
            "single" => $"uint {name}(float x)\n{{\n    uint bits;\n    asm(\"cvt.rna.tf32.f32 %0, %1;\" : \"=r\"(bits) : \"f\"(x));\n    return bits;\n}}\n\n",
            "pair" => $"uint {name}(float first, float second)\n{{\n    uint bits;\n    asm(\"cvt.rn.{last}x2.f32 %0, %1, %2;\" : \"=r\"(bits) : \"f\"(second), \"f\"(first));\n    return bits;\n}}\n\n",
            "mma" => Multiply(name, last, last == "tf32" ? "m16n8k8" : "m16n8k16"),
            "copy" => Copy(name, last),
            "commit" => $"void {name}(void)\n{{\n    asm volatile(\"cp.async.commit_group;\" : : : \"memory\");\n}}\n\n",
            _ => $"void {name}(void)\n{{\n    asm volatile(\"cp.async.wait_group {last};\" : : : \"memory\");\n}}\n\n",
        };
    }

    private static string Multiply(string name, string form, string shape) => $$"""
        void {{name}}(float* d0, float* d1, float* d2, float* d3, uint a0, uint a1, uint a2, uint a3, uint b0, uint b1)
        {
            asm volatile("mma.sync.aligned.{{shape}}.row.col.f32.{{form}}.{{form}}.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                : "+f"(*d0), "+f"(*d1), "+f"(*d2), "+f"(*d3)
                : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
        }


        """;

    // Only whole vectors may pass the L1 cache by. Bytes beyond the number that is read are 0.
    private static string Copy(string name, string bytes) => $$"""
        void {{name}}(float* to, const float* from, bool is_inside)
        {
            asm volatile("cp.async.{{(bytes == "16" ? "cg" : "ca")}}.shared.global [%0], [%1], {{bytes}}, %2;"
                :
                : "r"((uint)(ulong)(__attribute__((address_space(3))) float*)to), "l"((__attribute__((address_space(1))) const float*)from), "r"(is_inside ? {{bytes}} : 0)
                : "memory");
        }


        """;
}
