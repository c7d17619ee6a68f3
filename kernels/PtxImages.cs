namespace LstmGpu.Kernels;

/// <summary>The kernels as PTX, which build-ptx.sh made of their CUDA texts and which the assembly carries: no compiler on the user's machine.</summary>
internal static class PtxImages
{
    /// <summary>What build-ptx.sh compiles for. The driver compiles PTX for its device: of that version or a later one, but sm_90a for 9.0 alone.</summary>
    public static readonly IReadOnlyList<string> Architectures = ["sm_70", "sm_80", "sm_90a"];

    /// <summary>The best architecture for a device whose compute capability is 10·major + minor, or null where it is older than all.</summary>
    public static string? Architecture(int computeCapability) => computeCapability switch
    {
        < 70 => null,
        < 80 => "sm_70",
        90 => "sm_90a",
        _ => "sm_80",
    };

    /// <summary>Whether <see cref="Find"/> finds it.</summary>
    public static bool Has(string kernel, int computeCapability) =>
        Architecture(computeCapability) is { } architecture && typeof(PtxImages).Assembly.GetManifestResourceInfo(Resource(kernel, architecture)) is not null;

    /// <summary>The PTX of a kernel with a zero byte at its end, as drivers take it, or null where there is none for such a device.</summary>
    public static byte[]? Find(string kernel, int computeCapability)
    {
        using Stream? resource = Architecture(computeCapability) is { } architecture
            ? typeof(PtxImages).Assembly.GetManifestResourceStream(Resource(kernel, architecture))
            : null;
        if (resource is null)
        {
            return null;
        }
        var image = new byte[resource.Length + 1];
        resource.ReadExactly(image.AsSpan(..^1));
        return image;
    }

    private static string Resource(string kernel, string architecture) => $"LstmGpu.Kernels.ptx.{architecture}.{kernel}.ptx";
}
