using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Tests.Devices.Cuda;

/// <summary>A cuBLAS of our own (fake_cublas.c) beside the fake driver, whose log and failures it shares.</summary>
internal static class FakeCublas
{
    private static readonly Lazy<string> Compiled = new(() => FakeCuda.Compile("fake-cublas", "libcublas.so.12", "fake_cublas.c", FakeCuda.FileOrSkip()).Item1!);

    /// <summary>Under the name that the program looks for, in a directory of its own; skipped where the fake driver is.</summary>
    public static string File
    {
        get
        {
            FakeCuda.FileOrSkip();
            return Compiled.Value;
        }
    }

    public static KernelBackend WithCublas(this FakeCuda fake, ProductPrecision precision = ProductPrecision.Fp32Strict, GemmChoice gemm = GemmChoice.Cublas) =>
        (KernelBackend)CudaEntry.Open("cuda", fake.Discover(), precision, gemm, [File])!;

    /// <summary>The library's calls of the log, without the product's arguments.</summary>
    public static string[] OfCublas(this IEnumerable<string> log) => [.. log.Where(line => line.StartsWith("cublas", StringComparison.Ordinal))];

    /// <summary>The arguments of the products.</summary>
    public static string[] Products(this FakeCuda fake) => [.. fake.Log.Where(line => line.Contains(" algorithm ", StringComparison.Ordinal)).Select(line => line.Trim())];
}
