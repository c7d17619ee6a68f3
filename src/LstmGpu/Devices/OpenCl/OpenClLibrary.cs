using System.Reflection;
using System.Runtime.InteropServices;

namespace LstmGpu.Devices.OpenCl;

/// <summary>Finds the OpenCL loader that the driver installed. Its absence is a normal state.</summary>
internal static class OpenClLibrary
{
    /// <summary>The name in <c>LibraryImport</c>.</summary>
    public const string ImportName = "OpenCL";

    private static readonly Lock Gate = new();
    private static nint loaded;

    public static IReadOnlyList<string> DefaultNames { get; } =
        OperatingSystem.IsWindows() ? ["OpenCL.dll"]
        : OperatingSystem.IsMacOS() ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
        : ["libOpenCL.so.1", "libOpenCL.so"];

    /// <summary>Loads the first library of <paramref name="names"/> that exists; the imports of <see cref="OpenClNative"/> then resolve to it.</summary>
    public static bool TryLoad(IReadOnlyList<string> names)
    {
        nint found = 0;
        if (!names.Any(name => NativeLibrary.TryLoad(name, out found)))
        {
            return false;
        }
        lock (Gate)
        {
            if (loaded == 0)
            {
                NativeLibrary.SetDllImportResolver(typeof(OpenClLibrary).Assembly, Resolve);
                loaded = found;
            }
        }
        return true;
    }

    // Zero leaves every other import (libc) to the runtime's own search.
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == ImportName ? loaded : 0;
}
