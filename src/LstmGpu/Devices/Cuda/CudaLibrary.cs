using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>Finds the library that NVIDIA's driver installed. Its absence is a normal state.</summary>
internal static class CudaLibrary
{
    /// <summary>The name in <c>LibraryImport</c>.</summary>
    public const string ImportName = "cuda";

    // Every driver has it, so a library without it is none.
    private const string AnyFunction = "cuDriverGetVersion";

    public static IReadOnlyList<string> DefaultNames { get; } =
        OperatingSystem.IsWindows() ? ["nvcuda.dll"]
        : OperatingSystem.IsMacOS() ? []
        : ["libcuda.so.1", "/usr/lib/wsl/lib/libcuda.so.1"];

    /// <summary>Loads the first library of <paramref name="names"/> that exists; the imports of <see cref="CudaNative"/> then resolve to it.</summary>
    /// <returns>Null, or why there is none.</returns>
    public static string? Load(IReadOnlyList<string> names)
    {
        nint found = 0;
        string? name = names.FirstOrDefault(n => NativeLibrary.TryLoad(n, out found));
        if (name is null)
        {
            return names.Count == 0 ? "no CUDA driver exists for this system"
                : $"no CUDA driver ({string.Join(", ", names)}); install NVIDIA's driver {CudaDevices.OldestDriver} or later";
        }
        if (!NativeLibrary.TryGetExport(found, AnyFunction, out _))
        {
            NativeLibrary.Free(found);
            return $"the library {name} is no CUDA driver (it has no {AnyFunction}); install NVIDIA's driver {CudaDevices.OldestDriver} or later";
        }
        return DriverLibraries.Bind(ImportName, found) ? null : $"this process already uses another CUDA driver than {name}";
    }
}
