namespace LstmGpu.KernelCompiler;

/// <summary>
/// The instructions behind Coherent, Cluster and Approximate, one CUDA function each. "memory": what one group tells another must not move past the word
/// or the barrier that tells it.
/// </summary>
internal static class DeviceFunctions
{
    public const string Coherent = "LstmGpu.Kernels.Coherent";

    public const string Cluster = "LstmGpu.Kernels.Cluster";

    public const string Approximate = "LstmGpu.Kernels.Approximate";

    private const string Shared = "(uint)(ulong)(__attribute__((address_space(3))) const uint*)shared";

    private const string From = "(__attribute__((address_space(1))) const uint*)from";

    private const string To = "(__attribute__((address_space(1))) uint*)to";

    /// <summary>The least of the devices that have the class.</summary>
    public static int ComputeCapability(string owner) => owner switch { "Coherent" => 70, "Cluster" => 90, _ => 80 };

    /// <summary>The support function of an intrinsic, or null where there is none.</summary>
    public static string? Name(string owner, string method)
    {
        string name = $"lgk_{owner.ToLowerInvariant()}_{method.ToLowerInvariant()}";
        return Text(name) == "" ? null : name;
    }

    public static string Text(string name) => name switch
    {
        "lgk_coherent_load" => Returns(name, "const uint* from", "ld.relaxed.gpu.global.u32 %0, [%1];", $"\"l\"({From})"),
        "lgk_coherent_loadacquire" => Returns(name, "const uint* from", "ld.acquire.gpu.global.u32 %0, [%1];", $"\"l\"({From})"),
        "lgk_coherent_addrelease" => Does(name, "uint* to, uint value", "red.release.gpu.global.add.u32 [%0], %1;", $"\"l\"({To}), \"r\"(value)"),
        "lgk_coherent_loadfour" => LoadsFour(name, "const uint* from", "ld.relaxed.gpu.global.v4.u32", $"\"l\"({From})"),
        "lgk_coherent_storefour" => Does(
            name, "uint* to, uint x, uint y, uint z, uint w", "st.relaxed.gpu.global.v4.u32 [%0], {%1, %2, %3, %4};", $"\"l\"({To}), \"r\"(x), \"r\"(y), \"r\"(z), \"r\"(w)"),
        "lgk_coherent_pause" => Does(name, "void", "", ""),
        "lgk_cluster_rank" => Returns(name, "void", "mov.u32 %0, %%cluster_ctarank;", "", "int"),
        "lgk_cluster_size" => Returns(name, "void", "mov.u32 %0, %%cluster_nctarank;", "", "int"),
        "lgk_cluster_barrier" => Does(name, "void", "barrier.cluster.arrive.release.aligned; barrier.cluster.wait.acquire.aligned;", ""),
        "lgk_cluster_loadfour" => LoadsFour(
            name,
            "const uint* shared, int rank",
            "ld.shared::cluster.v4.u32",
            "\"r\"(remote)",
            $"    uint remote;\n    asm volatile(\"mapa.shared::cluster.u32 %0, %1, %2;\" : \"=r\"(remote) : \"r\"({Shared}), \"r\"(rank));\n"),
        "lgk_approximate_tanh" => Number(name, "tanh.approx.f32"),
        "lgk_approximate_exp2" => Number(name, "ex2.approx.ftz.f32"),
        "lgk_approximate_reciprocal" => Number(name, "rcp.approx.ftz.f32"),
        _ => "",
    };

    private static string Returns(string name, string parameters, string instruction, string inputs, string type = "uint") =>
        $"{type} {name}({parameters})\n{{\n    {type} result;\n    asm volatile(\"{instruction}\" : \"=r\"(result) : {inputs} : \"memory\");\n    return result;\n}}\n\n";

    private static string Does(string name, string parameters, string instruction, string inputs) =>
        $"void {name}({parameters})\n{{\n    asm volatile(\"{instruction}\" : : {inputs} : \"memory\");\n}}\n\n";

    private static string LoadsFour(string name, string parameters, string instruction, string address, string before = "") =>
        $"void {name}({parameters}, uint* x, uint* y, uint* z, uint* w)\n{{\n{before}    asm volatile(\"{instruction} {{%0, %1, %2, %3}}, [%4];\"\n"
        + $"        : \"=r\"(*x), \"=r\"(*y), \"=r\"(*z), \"=r\"(*w) : {address} : \"memory\");\n}}\n\n";

    private static string Number(string name, string instruction) =>
        $"float {name}(float x)\n{{\n    float result;\n    asm(\"{instruction} %0, %1;\" : \"=f\"(result) : \"f\"(x));\n    return result;\n}}\n\n";
}
