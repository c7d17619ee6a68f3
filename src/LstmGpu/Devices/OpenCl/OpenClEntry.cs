using System.Globalization;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Devices.OpenCl;

/// <summary>The OpenCL devices of this machine under their names: <c>opencl</c> is the best, <c>opencl:1</c> the next.</summary>
internal static class OpenClEntry
{
    public const string Name = "opencl";

    // Of a device's memory: the staging memory, and the padding of more buffers than a run has.
    private const long Reserved = OpenClContext.DefaultStaging + (1 << 20);

    /// <summary>Usable devices under their names, GPUs first; then what cannot run, with the reason.</summary>
    public static IReadOnlyList<DeviceReport> List() => List(OpenClDevices.Discover());

    public static IReadOnlyList<DeviceReport> List(OpenClDiscovery found)
    {
        List<DeviceReport> reports = [.. Ranked(found).Select((device, n) => new DeviceReport(NameOf(n), Describe(device, n), null) { NotAutomatic = NotAutomatic(device) })];
        IEnumerable<string> refused = found.Devices.Where(d => d.Unusable is not null).Select(d => $"'{d.Name}' cannot be used: {d.Unusable}");
        reports.AddRange(refused.Concat(found.Reason is null ? [] : [found.Reason]).Select(reason => new DeviceReport(Name, null, reason)));
        return reports;
    }

    public static bool Knows(string name) => IndexOf(name) is not null;

    /// <returns>The device, or null where this machine has none of this name.</returns>
    public static IBackend? Open(string name, ProductPrecision? precision = null)
    {
        int index = IndexOf(name) ?? throw new ArgumentException($"'{name}' is no OpenCL device", nameof(name));
        OpenClDevice? device = Ranked(OpenClDevices.Discover()).ElementAtOrDefault(index);
        return device is null
            ? null
            : new KernelBackend(
                new OpenClQueue(new OpenClContext(device, OpenClBinaryCache.Default()), Describe(device, index)), precision ?? ProductPrecision.Fp32Strict);
    }

    /// <summary>GPU before accelerator before CPU; the memory decides among equals, then the driver's own order.</summary>
    private static IEnumerable<OpenClDevice> Ranked(OpenClDiscovery found) => found.Usable.OrderBy(d => d.Kind).ThenByDescending(d => d.GlobalMemory);

    private static string? NotAutomatic(OpenClDevice device) =>
        device.Kind == OpenClKind.Gpu ? null : "it is not a GPU, and a CPU is faster as the device cpu";

    private static DeviceDescription Describe(OpenClDevice device, int index) => new(
        NameOf(index),
        device.Name,
        $"{device.PlatformName}, driver {device.DriverVersion}",
        Math.Max(0, device.GlobalMemory - Reserved),
        device.ComputeUnits)
    {
        Platform = device.PlatformName,
        Driver = device.DriverVersion,
        LargestBufferBytes = OpenClBuffer.Unpadded(device.MaxAllocation),
    };

    private static string NameOf(int index) => index == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}:{index}");

    // 'opencl', or 'opencl:' and a number.
    private static int? IndexOf(string name) =>
        name == Name ? 0
        : name.StartsWith(Name + ":", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index
        : null;
}
