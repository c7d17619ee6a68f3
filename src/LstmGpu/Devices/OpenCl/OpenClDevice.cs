namespace LstmGpu.Devices.OpenCl;

/// <summary>A device of a platform, as its driver describes it.</summary>
/// <param name="Platform">The driver's handle; it lives as long as the process.</param>
/// <param name="Id">The driver's handle; it lives as long as the process.</param>
/// <param name="Version">As the driver says it: <c>OpenCL 3.0 …</c>.</param>
/// <param name="Language">The OpenCL C that the driver compiles: <c>OpenCL C 1.2 …</c>.</param>
/// <param name="GlobalMemory">Bytes.</param>
/// <param name="MaxAllocation">Bytes of the largest single buffer.</param>
/// <param name="LocalMemory">Bytes that one group shares.</param>
/// <param name="MaxGroup">Threads of the largest group.</param>
/// <param name="RoundsDivision">Whether it can divide and take roots with correct rounding.</param>
/// <param name="Unusable">Why it cannot train, or null.</param>
internal sealed record OpenClDevice(
    nint Platform,
    nint Id,
    string PlatformName,
    string PlatformVersion,
    string Name,
    string Vendor,
    string DriverVersion,
    string Version,
    string Language,
    long GlobalMemory,
    long MaxAllocation,
    long LocalMemory,
    int ComputeUnits,
    long MaxGroup,
    OpenClKind Kind,
    bool RoundsDivision,
    string? Unusable);

/// <summary>What a device is, the best first.</summary>
internal enum OpenClKind
{
    Gpu,
    Accelerator,
    Cpu,
    Other,
}
