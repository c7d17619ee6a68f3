using System.Globalization;
using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>Finds NVIDIA's cuBLAS, which comes with the CUDA toolkit and not with the driver. Its absence is a normal state.</summary>
internal static class CublasLibrary
{
    /// <summary>The name in <c>LibraryImport</c>.</summary>
    public const string ImportName = "cublas";

    /// <summary>Names its file where the system's search does not find it.</summary>
    public const string FileVariable = "LSTMGPU_CUBLAS";

    // Of the functions that CublasNative imports, the one that came last.
    private const string NewestFunction = "cublasSetWorkspace_v2";

    private const int Newest = 13, Oldest = 11;

    /// <summary>Its file names, newest first, up to the driver's CUDA: a library of a later one does not start.</summary>
    /// <param name="variable">Looks up a variable of the environment.</param>
    public static IReadOnlyList<string> Names(Version driver, Func<string, string?> variable)
    {
        if (variable(FileVariable) is { Length: > 0 } file)
        {
            return [file];
        }
        IEnumerable<string> versions = Enumerable.Range(Oldest, Newest - Oldest + 1).Reverse().Where(v => v <= driver.Major).Select(v => v.ToString(CultureInfo.InvariantCulture));
        return [.. versions.Select(v => OperatingSystem.IsWindows() ? $"cublas64_{v}.dll" : $"libcublas.so.{v}")];
    }

    /// <summary>Loads the first library of <paramref name="names"/> that exists; the imports of <see cref="CublasNative"/> then resolve to it.</summary>
    /// <returns>Null, or why there is none.</returns>
    public static string? Load(IReadOnlyList<string> names)
    {
        nint found = 0;
        string? name = names.FirstOrDefault(n => NativeLibrary.TryLoad(n, out found));
        if (name is null)
        {
            return $"no cuBLAS ({string.Join(", ", names)}); install NVIDIA's cuBLAS, or name its file in {FileVariable}";
        }
        if (!NativeLibrary.TryGetExport(found, NewestFunction, out _))
        {
            NativeLibrary.Free(found);
            return $"the library {name} is no cuBLAS of CUDA {Oldest} to {Newest} (it has no {NewestFunction}); install one, or name its file in {FileVariable}";
        }
        return DriverLibraries.Bind(ImportName, found) ? null : $"this process already uses another cuBLAS than {name}";
    }
}
