namespace LstmGpu.Devices;

/// <summary>The devices of this build, best first. A device that is added here is listed, tested and selectable.</summary>
public static class DeviceCatalog
{
    /// <summary>Every device of this build with what it found, or why it cannot run.</summary>
    public static IReadOnlyList<DeviceReport> List() => throw new NotImplementedException();

    /// <summary>Opens a device by name, or the first that works for <c>auto</c>.</summary>
    /// <exception cref="DeviceException">The device cannot run; the message lists those that can.</exception>
    internal static IBackend Open(DeviceOptions options) => throw new NotImplementedException();
}

/// <summary>One line of <c>lstmgpu devices</c>: a device, or the reason why there is none.</summary>
public sealed record DeviceReport(string Name, DeviceDescription? Device, string? Unavailable);
