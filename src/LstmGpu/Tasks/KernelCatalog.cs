using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>The GPU kernels of this build, as <c>lstmgpu kernels</c> shows them.</summary>
public static class KernelCatalog
{
    /// <summary>Every kernel, one per combination of its specialised values, by name.</summary>
    public static IReadOnlyList<KernelDescription> List() => [.. KernelTexts.All.Select(Describe)];

    private static KernelDescription Describe(KernelText text) => new(
        text.Name,
        text.GroupSize,
        [.. text.Parameters.Select(p => new KernelParameter(p.Name, p.Kind == KernelArgument.View ? $"{Name(p.Type)}[]" : Name(p.Type)))],
        text.UsesDynamicSharedMemory,
        text.OpenCl,
        text.Cuda);

    private static string Name(Type type) => Type.GetTypeCode(type.IsEnum ? type.GetEnumUnderlyingType() : type) switch
    {
        TypeCode.Boolean => "bool",
        TypeCode.SByte => "sbyte",
        TypeCode.Byte => "byte",
        TypeCode.Int16 => "short",
        TypeCode.UInt16 => "ushort",
        TypeCode.Int32 => "int",
        TypeCode.UInt32 => "uint",
        TypeCode.Int64 => "long",
        TypeCode.UInt64 => "ulong",
        TypeCode.Single => "float",
        TypeCode.Double => "double",
        _ => type.Name,
    };
}

/// <summary>A kernel and its texts.</summary>
/// <param name="GroupSize">Threads of a group along each axis.</param>
/// <param name="UsesDynamicSharedMemory">A launch says how many bytes of shared memory a group gets.</param>
/// <param name="OpenCl">Empty where the kernel needs instructions of CUDA.</param>
public sealed record KernelDescription(
    string Name,
    (int X, int Y, int Z) GroupSize,
    IReadOnlyList<KernelParameter> Parameters,
    bool UsesDynamicSharedMemory,
    string OpenCl,
    string Cuda);

/// <summary>A parameter in C#'s words: <c>float[]</c> is a view of device memory.</summary>
public sealed record KernelParameter(string Name, string Type);
