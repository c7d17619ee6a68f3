using LstmGpu.Devices.Cpu;

namespace LstmGpu.Devices;

/// <summary>The devices of this build, best first. A device that is added here is listed, tested and selectable.</summary>
public static class DeviceCatalog
{
    private const string Auto = "auto";

    /// <summary>Every device of this build with what it found, or why it cannot run.</summary>
    public static IReadOnlyList<DeviceReport> List() => [new DeviceReport(CpuDevice.Name, CpuDevice.Describe(threads: 0), null)];

    /// <summary>Opens a device by name, or the first that works for <c>auto</c>.</summary>
    /// <exception cref="DeviceException">The device cannot run; the message lists those that can.</exception>
    internal static IBackend Open(DeviceOptions options)
    {
        if (options.Name is CpuDevice.Name or Auto)
        {
            return CpuDevice.Open(options.Threads);
        }
        string present = string.Join(", ", List().Where(d => d.Device is not null).Select(d => $"{d.Name} ({d.Device!.Model})"));
        throw new DeviceException($"device '{options.Name}' cannot run here; present: {present}; use --device {CpuDevice.Name} or --device {Auto}");
    }
}

/// <summary>One line of <c>lstmgpu devices</c>: a device, or the reason why there is none.</summary>
public sealed record DeviceReport(string Name, DeviceDescription? Device, string? Unavailable);
