using System.Runtime.InteropServices;
using LstmGpu.Devices.Portable;

namespace LstmGpu.Devices.Emulator;

/// <summary>The kernels without a driver: slow, deterministic, and open to a debugger. Always there, and never chosen by <c>auto</c>.</summary>
internal static class EmulatorDevice
{
    public const string Name = "emulator";

    public static DeviceDescription Describe() => new(
        Name,
        "the GPU kernels in .NET",
        "one thread at a time, for tests and debugging",
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Units: 1)
    {
        Platform = "emulator",
        Driver = RuntimeInformation.FrameworkDescription,
    };

    public static IReadOnlyList<DeviceReport> List() => [new DeviceReport(Name, Describe(), null) { NotAutomatic = "it only helps to test kernels" }];

    public static IBackend Open(ProductPrecision? precision = null) => new KernelBackend(new EmulatorQueue(), precision ?? ProductPrecision.Fp32Strict);
}
