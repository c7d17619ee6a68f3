using System.Runtime.InteropServices;

namespace LstmGpu.Devices.OpenCl;

/// <summary>Finds the OpenCL loader that the driver installed. Its absence is a normal state.</summary>
internal static class OpenClLibrary
{
    /// <summary>The name in <c>LibraryImport</c>.</summary>
    public const string ImportName = "OpenCL";

    // Of the functions that OpenClNative imports, the one that came last: with OpenCL 1.2.
    private const string NewestFunction = "clEnqueueFillBuffer";

    public static IReadOnlyList<string> DefaultNames { get; } =
        OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>Loads the first library of <paramref name="names"/> that exists; the imports of <see cref="OpenClNative"/> then resolve to it.</summary>
    /// <returns>Null, or why there is none.</returns>
    public static string? Load(IReadOnlyList<string> names)
    {
        nint found = 0;
        string? name = names.FirstOrDefault(n => NativeLibrary.TryLoad(n, out found));
        if (name is null)
        {
            return $"no OpenCL library ({string.Join(", ", names)}); install the GPU's driver, or PoCL for the CPU";
        }
        if (!NativeLibrary.TryGetExport(found, NewestFunction, out _))
        {
            NativeLibrary.Free(found);
            return $"the library {name} is older than OpenCL {OpenClVersion.Oldest} (it has no {NewestFunction}); update the driver";
        }
        DriverLibraries.Bind(ImportName, found);
        return null;
    }
}
