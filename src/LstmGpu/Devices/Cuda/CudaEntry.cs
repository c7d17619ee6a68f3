using System.Globalization;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Devices.Cuda;

/// <summary>The CUDA devices of this machine under the driver's numbers: <c>cuda</c> is its first, <c>cuda:1</c> the next.</summary>
internal static class CudaEntry
{
    public const string Name = "cuda";

    // Of a device's memory: what the driver keeps for a context, and the padding of more buffers than a run has.
    private const long Reserved = 512L << 20;

    /// <summary>Usable devices under their names; then what cannot run, with the reason.</summary>
    public static IReadOnlyList<DeviceReport> List() => List(CudaDevices.Discover());

    public static IReadOnlyList<DeviceReport> List(CudaDiscovery found) =>
    [
        .. found.Devices.OrderBy(d => d.Unusable is not null).Select(d =>
            d.Unusable is null ? new DeviceReport(NameOf(d), Describe(d), null) : new DeviceReport(NameOf(d), null, $"'{d.Name}' cannot be used: {d.Unusable}")),
        .. found.Reason is null ? [] : new[] { new DeviceReport(Name, null, found.Reason) },
    ];

    public static bool Knows(string name) => OrdinalOf(name) is not null;

    /// <returns>The device, or null where this machine has none of this name that can be used.</returns>
    public static IBackend? Open(string name, ProductPrecision? precision = null, GemmChoice gemm = GemmChoice.Own) => Open(name, CudaDevices.Discover(), precision, gemm);

    /// <param name="cublas">File names of cuBLAS, first choice first; null: its usual ones.</param>
    /// <exception cref="DeviceException">The device does not open, or cuBLAS is asked for and not to be had.</exception>
    public static IBackend? Open(string name, CudaDiscovery found, ProductPrecision? precision = null, GemmChoice gemm = GemmChoice.Own, IReadOnlyList<string>? cublas = null)
    {
        int ordinal = OrdinalOf(name) ?? throw new ArgumentException($"'{name}' is no CUDA device", nameof(name));
        CudaDevice? device = found.Devices.FirstOrDefault(d => d.Ordinal == ordinal && d.Unusable is null);
        if (device is null)
        {
            return null;
        }
        return Open(new CudaQueue(new CudaContext(device), Describe(device)), precision ?? Default(device), gemm, cublas ?? CublasLibrary.Names(device.Driver, Environment.GetEnvironmentVariable));
    }

    // Takes the queue over, whatever happens.
    private static KernelBackend Open(CudaQueue queue, ProductPrecision precision, GemmChoice gemm, IReadOnlyList<string> cublas)
    {
        IProductLibrary? library = null;
        string? refusal = null;
        try
        {
            library = gemm == GemmChoice.Own ? null : queue.Cublas(precision, cublas);
        }
        catch (DeviceException error) when (gemm == GemmChoice.Auto)
        {
            refusal = error.Message;
        }
        catch
        {
            queue.Dispose();
            throw;
        }
        KernelBackend backend = new(queue, precision, library, refusal);
        try
        {
            if (gemm == GemmChoice.Auto && library is not null)
            {
                backend.KeepFasterProducts();
            }
            return backend;
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>On a stream of the caller's.</summary>
    /// <exception cref="DeviceException">The device cannot run here, or the stream belongs to another context.</exception>
    public static IBackend OpenOn(nint stream, int ordinal)
    {
        string name = ordinal == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{ordinal}");
        CudaDiscovery found = CudaDevices.Discover();
        return OpenOn(stream, ordinal, found) ?? throw DeviceCatalog.Absent(name, DeviceCatalog.List());
    }

    public static IBackend? OpenOn(nint stream, int ordinal, CudaDiscovery found) =>
        found.Devices.FirstOrDefault(d => d.Ordinal == ordinal && d.Unusable is null) is { } device
            ? new KernelBackend(new CudaQueue(new CudaContext(device, borrowed: stream), Describe(device)), Default(device))
            : null;

    // PyTorch's products in float32 are strict unless they are told otherwise; its recurrent layers are cuDNN's, which take tf32.
    private static ProductPrecision Default(CudaDevice device) => device.HasTensorCores ? ProductPrecision.Tf32 : ProductPrecision.Fp32Strict;

    public static DeviceDescription Describe(CudaDevice device) => new(
        NameOf(device),
        device.Name,
        $"compute capability {device.ComputeCapability}, {device.Multiprocessors.ToString(CultureInfo.InvariantCulture)} multiprocessors, CUDA {device.Driver}",
        Math.Max(0, device.GlobalMemory - Reserved),
        device.Multiprocessors)
    {
        Platform = $"compute capability {device.ComputeCapability}",
        Driver = $"CUDA {device.Driver}",
    };

    private static string NameOf(CudaDevice device) => device.Ordinal == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{device.Ordinal}");

    // 'cuda', or 'cuda:' and a number.
    private static int? OrdinalOf(string name) =>
        name == Name ? 0
        : name.StartsWith(Name + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) ? ordinal
        : null;
}
