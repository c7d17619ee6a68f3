namespace LstmGpu.Devices;

/// <summary>What <c>lstmgpu devices</c> prints and <c>environment.json</c> records.</summary>
/// <param name="Name">The name for <c>--device</c>.</param>
/// <param name="Model">The hardware, as it calls itself.</param>
/// <param name="Detail">Threads and vector width, or platform and driver.</param>
/// <param name="MemoryBytes">Memory that a run may plan with.</param>
/// <param name="Units">Threads of the cpu, multiprocessors or compute units of a GPU.</param>
public sealed record DeviceDescription(string Name, string Model, string Detail, long MemoryBytes, int Units)
{
    /// <summary>Who drives the hardware: an OpenCL platform, or the host itself.</summary>
    public string Platform { get; init; } = "host";

    /// <summary>Version of what drives it: of the OpenCL driver, or of .NET.</summary>
    public string Driver { get; init; } = "";

    /// <summary>What matrix products make of their operands, as <c>device.precision</c> spells it; null where the device is listed and not open.</summary>
    public string? Precision { get; init; }

    /// <summary>Whose matrix products it runs, as <c>device.gemm</c> spells it; null where the device is listed and not open.</summary>
    public string? Gemm { get; init; }

    /// <summary>The library of these products with its version; null: they are our own.</summary>
    public string? GemmLibrary { get; init; }

    /// <summary>Why it is these products, where <c>auto</c> chose.</summary>
    public string? GemmReason { get; init; }

    /// <summary>Bytes of the largest single buffer, where that is less than the memory; null: no such limit.</summary>
    public long? LargestBufferBytes { get; init; }
}
