using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LstmGpu.Devices.Cpu;

/// <summary>Finds out what this host offers and opens it at its widest vectors.</summary>
internal static class CpuDevice
{
    public const string Name = "cpu";

    // Tests of few threads run on one processor as well.
    private const int FewestThreadsAllowed = 16;

    /// <summary>Forces a vector width of 128, 256 or 512 bits, to test or compare widths.</summary>
    public const string WidthVariable = "LSTMGPU_SIMD";

    public static DeviceDescription Describe(int threads) => new(
        Name,
        Model(),
        $"{ThreadCount(threads)} threads, {VectorWidth()}-bit vectors",
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        ThreadCount(threads))
    {
        Driver = RuntimeInformation.FrameworkDescription,
    };

    /// <exception cref="ConfigurationException"><see cref="WidthVariable"/> names a width that this host has not.</exception>
    /// <exception cref="ConfigurationException">A precision that its arithmetic has not.</exception>
    public static IBackend Open(int threads, ProductPrecision? precision = null)
    {
        if (precision is { } asked && asked != ProductPrecision.Fp32Strict)
        {
            throw new ConfigurationException(
                $"the device '{Name}' multiplies in {PrecisionWord.Fp32Strict} alone, found --precision {PrecisionWord.Of(asked)}; use --precision {PrecisionWord.Fp32Strict}, or --device cuda, opencl or emulator");
        }
        int most = Math.Max(FewestThreadsAllowed, 4 * Environment.ProcessorCount);
        if (threads > most)
        {
            throw new ConfigurationException($"--threads is {threads}, expected at most {most} with the {Environment.ProcessorCount} processors here: threads that wait for one another must run at once");
        }
        DeviceDescription description = Describe(threads) with { Precision = PrecisionWord.Fp32Strict, Gemm = GemmWord.Own };
        int count = ThreadCount(threads);
        return VectorWidth() switch
        {
            512 => new CpuBackend<Simd512, Vector512<float>>(count, description),
            256 => new CpuBackend<Simd256, Vector256<float>>(count, description),
            _ => new CpuBackend<Simd128, Vector128<float>>(count, description),
        };
    }

    /// <summary>The widths this host computes in hardware, widest first.</summary>
    public static IReadOnlyList<int> Widths()
    {
        var widths = new List<int>();
        if (Vector512.IsHardwareAccelerated)
        {
            widths.Add(512);
        }
        if (Vector256.IsHardwareAccelerated)
        {
            widths.Add(256);
        }
        widths.Add(128);
        return widths;
    }

    private static int ThreadCount(int threads) => threads > 0 ? threads : CpuTopology.PhysicalCores();

    private static int VectorWidth()
    {
        string? wanted = Environment.GetEnvironmentVariable(WidthVariable);
        if (string.IsNullOrEmpty(wanted))
        {
            return Widths()[0];
        }
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int width) && Widths().Contains(width))
        {
            return width;
        }
        throw new ConfigurationException($"{WidthVariable} is '{wanted}', expected one of {string.Join(", ", Widths())} on this machine; unset it for the widest");
    }

    private static string Model()
    {
        const string cpuInfo = "/proc/cpuinfo";
        if (File.Exists(cpuInfo))
        {
            foreach (string line in File.ReadLines(cpuInfo))
            {
                if (line.StartsWith("model name", StringComparison.Ordinal))
                {
                    return line[(line.IndexOf(':') + 1)..].Trim();
                }
            }
        }
        return RuntimeInformation.ProcessArchitecture.ToString();
    }
}
