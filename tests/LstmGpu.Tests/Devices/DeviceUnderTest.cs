using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>Opens the devices of the catalog for a theory, the emulator with its search for races; one that is absent shows as skipped with its reason.</summary>
internal static class DeviceUnderTest
{
    public static IEnumerable<string> Names => DeviceCatalog.List().Select(report => report.Name).Distinct();

    public static void SkipWhereAbsent(string name)
    {
        DeviceReport report = DeviceCatalog.List().First(report => report.Name == name);
        Skip.If(report.Device is null, $"no {name} device: {report.Unavailable}");
    }

    public static IBackend Open(string name, int threads = 2, ProductPrecision precision = ProductPrecision.Fp32Strict)
    {
        SkipWhereAbsent(name);
        return name == EmulatorDevice.Name
            ? new KernelBackend(new EmulatorQueue(findRaces: true), precision)
            : DeviceCatalog.Open(new DeviceOptions { Name = name, Threads = threads, Precision = PrecisionWord.Of(precision) });
    }
}
