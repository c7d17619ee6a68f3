using LstmGpu.Devices;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>Opens the devices of the catalog for a theory; one that is absent shows as skipped with its reason.</summary>
internal static class DeviceUnderTest
{
    public static IEnumerable<string> Names => DeviceCatalog.List().Select(report => report.Name).Distinct();

    public static IBackend Open(string name, int threads = 2)
    {
        DeviceReport report = DeviceCatalog.List().First(report => report.Name == name);
        Skip.If(report.Device is null, $"no {name} device: {report.Unavailable}");
        return DeviceCatalog.Open(new DeviceOptions { Name = name, Threads = threads });
    }
}
