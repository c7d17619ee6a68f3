using Microsoft.CodeAnalysis;

namespace LstmGpu.KernelCompiler;

/// <summary>What a launcher passes for one C# parameter.</summary>
public enum KernelParameterKind
{
    /// <summary>Three arguments: buffer, 64-bit offset in elements, 64-bit length in elements.</summary>
    View,

    /// <summary>One primitive; bool travels as a byte.</summary>
    Scalar,

    /// <summary>One blittable struct by value.</summary>
    Struct,
}

/// <summary>A parameter of a kernel. <paramref name="Type"/> is the C# type: the element type of a view.</summary>
public sealed record KernelParameter(string Name, KernelParameterKind Kind, string Type);

/// <summary>
/// A kernel in both languages, with <paramref name="Values"/> for its specialised parameters in their order. Both texts are there, or
/// neither and <paramref name="Diagnostics"/> says why. With <paramref name="UsesDynamicSharedMemory"/> the OpenCL kernel takes two more
/// arguments at the end: the local memory and its size in bytes as an int.
/// </summary>
public sealed record KernelTranslation(
    string Name,
    IReadOnlyList<object> Values,
    string? OpenCl,
    string? Cuda,
    (int X, int Y, int Z) GroupSize,
    IReadOnlyList<KernelParameter> Parameters,
    bool UsesDynamicSharedMemory,
    IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Where it is not 0 the kernel is for CUDA devices from this compute capability on, and its OpenCL text is empty.</summary>
    public int ComputeCapability { get; init; }

    /// <summary>All groups of a launch run at once and may wait for each other.</summary>
    public bool Cooperative { get; init; }

    /// <summary>Groups that share a cluster; 0: it knows no clusters.</summary>
    public int Cluster { get; init; }
}
