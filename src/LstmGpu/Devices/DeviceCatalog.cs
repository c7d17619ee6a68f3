using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.OpenCl;

namespace LstmGpu.Devices;

/// <summary>The devices of this build, best first. A device that is added here is listed, tested and selectable.</summary>
public static class DeviceCatalog
{
    private const string Auto = "auto";

    /// <summary>Every device of this build with what it found, or why it cannot run.</summary>
    public static IReadOnlyList<DeviceReport> List() =>
    [
        .. CudaEntry.List(),
        .. OpenClEntry.List(),
        new DeviceReport(CpuDevice.Name, CpuDevice.Describe(threads: 0), null),
        .. EmulatorDevice.List(),
    ];

    /// <summary>Opens a device by name, or the first that works for <c>auto</c>.</summary>
    /// <exception cref="DeviceException">The device cannot run; the message lists those that can.</exception>
    /// <exception cref="ConfigurationException">The device does not have the precision, or not the library.</exception>
    internal static IBackend Open(DeviceOptions options)
    {
        ProductPrecision? precision = PrecisionWord.Parse(options.Precision);
        string name = options.Name == Auto ? Automatic(List()) : options.Name;
        GemmChoice gemm = GemmWord.Parse(options.Gemm);
        if (gemm == GemmChoice.Cublas && !CudaEntry.Knows(name))
        {
            throw new ConfigurationException($"the device '{name}' cannot multiply by cuBLAS, found --gemm {GemmWord.Cublas}; use --gemm {GemmWord.Own}, or --device {CudaEntry.Name}");
        }
        IBackend? backend = name switch
        {
            CpuDevice.Name => CpuDevice.Open(options.Threads, precision),
            EmulatorDevice.Name => EmulatorDevice.Open(precision),
            _ => CudaEntry.Knows(name) ? CudaEntry.Open(name, precision, gemm) : OpenClEntry.Knows(name) ? OpenClEntry.Open(name, precision) : null,
        };
        return backend ?? throw Absent(name, List());
    }

    /// <summary>The first device that runs here and is meant for training; the cpu always does.</summary>
    internal static string Automatic(IEnumerable<DeviceReport> reports) => reports.First(r => r is { Device: not null, NotAutomatic: null }).Name;

    internal static DeviceException Absent(string name, IReadOnlyList<DeviceReport> reports)
    {
        // What OpenCL lacks is listed under its bare name.
        string kind = OpenClEntry.Knows(name) ? OpenClEntry.Name : name;
        string[] reasons = [.. reports.Where(r => r.Name == kind && r.Unavailable is not null).Select(r => r.Unavailable!)];
        string present = string.Join(", ", reports.Where(r => r.Device is not null).Select(r => $"{r.Name} ({r.Device!.Model})"));
        return new($"device '{name}' cannot run here{(reasons.Length > 0 ? $" ({string.Join("; ", reasons)})" : "")}; present: {present}; use --device {CpuDevice.Name} or --device {Auto}");
    }
}
