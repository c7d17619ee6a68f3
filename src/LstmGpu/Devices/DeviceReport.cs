namespace LstmGpu.Devices;

/// <summary>One line of <c>lstmgpu devices</c>: a device, or the reason why there is none.</summary>
public sealed record DeviceReport(string Name, DeviceDescription? Device, string? Unavailable)
{
    /// <summary>Why <c>auto</c> passes a device over that can run, or null.</summary>
    public string? NotAutomatic { get; init; }
}
