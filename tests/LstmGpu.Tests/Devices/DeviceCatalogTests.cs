using LstmGpu.Devices;
using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed class DeviceCatalogTests
{
    private static readonly OpenClDevice Gpu =
        new(0, 0, "vendor", "OpenCL 3.0", "small GPU", "vendor", "5.6", "OpenCL 3.0", "OpenCL C 1.2", 1L << 30, 1 << 28, 32 << 10, 20, 256, OpenClKind.Gpu, true, null);

    private static readonly OpenClDevice[] Found =
    [
        Gpu with { Name = "processor", Kind = OpenClKind.Cpu, GlobalMemory = 1L << 40 },
        Gpu,
        Gpu with { Name = "old", Unusable = "it has OpenCL 1.1" },
        Gpu with { Name = "card", Kind = OpenClKind.Accelerator },
        Gpu with { Name = "large GPU", GlobalMemory = 1L << 34 },
    ];

    [Fact]
    public void OpenClDevices_AreNumberedFromTheBest_GpuBeforeAcceleratorBeforeCpu()
    {
        IReadOnlyList<DeviceReport> reports = OpenClEntry.List(new(Found, "platform 'x' has no device"));

        Assert.Equal(
            [("opencl", "large GPU"), ("opencl:1", "small GPU"), ("opencl:2", "card"), ("opencl:3", "processor"), ("opencl", null), ("opencl", null)],
            reports.Select(r => (r.Name, r.Device?.Model)));
        Assert.All(reports.Where(r => r.Device is not null), r => Assert.Equal(r.Name, r.Device!.Name));
        Assert.Equal(["'old' cannot be used: it has OpenCL 1.1", "platform 'x' has no device"], reports.Select(r => r.Unavailable).Skip(4));
        Assert.Equal([true, true, false, false], reports.Take(4).Select(r => r.NotAutomatic is null));
    }

    [Fact]
    public void OpenClDevice_PromisesOnlyMemoryThatItCanGiveBesideItsStaging()
    {
        DeviceDescription device = OpenClEntry.List(new([Gpu], null))[0].Device!;

        Assert.InRange(device.MemoryBytes, Gpu.GlobalMemory - (16 << 20), Gpu.GlobalMemory - OpenClContext.DefaultStaging);
        Assert.InRange(OpenClBuffer.Padded(device.LargestBufferBytes!.Value), Gpu.MaxAllocation - 15, Gpu.MaxAllocation);
        Assert.Equal(("vendor", "5.6", 20), (device.Platform, device.Driver, device.Units));
    }

    [Fact]
    public void Auto_TakesAGpu_ElseTheCpu_AndNeverTheEmulator()
    {
        DeviceReport cpu = DeviceCatalog.List().Single(r => r.Name == "cpu"), emulator = DeviceCatalog.List().Single(r => r.Name == "emulator");

        Assert.Equal("opencl", DeviceCatalog.Automatic([.. OpenClEntry.List(new(Found, null)), cpu, emulator]));
        Assert.Equal("cpu", DeviceCatalog.Automatic([.. OpenClEntry.List(new([Found[0]], null)), cpu, emulator]));
        Assert.Equal("cpu", DeviceCatalog.Automatic([.. OpenClEntry.List(new([], "no OpenCL library")), cpu, emulator]));
        Assert.Throws<InvalidOperationException>(() => DeviceCatalog.Automatic([emulator]));
    }

    [Theory]
    [InlineData("opencl", true)]
    [InlineData("opencl:0", true)]
    [InlineData("opencl:12", true)]
    [InlineData("opencl:", false)]
    [InlineData("opencl:-1", false)]
    [InlineData("opencl: 1", false)]
    [InlineData("opencl1", false)]
    [InlineData("OpenCL", false)]
    public void Name_IsAnOpenClDevice_WithOrWithoutAnIndex(string name, bool expected) => Assert.Equal(expected, OpenClEntry.Knows(name));

    [Fact]
    public void Device_ThatIsAbsent_IsRefusedWithThoseThatArePresent()
    {
        var error = Assert.Throws<DeviceException>(() => DeviceCatalog.Open(new DeviceOptions { Name = "opencl:99" }));

        Assert.Matches("^device 'opencl:99' cannot run here; present: .*cpu \\(.+\\), emulator \\(.+\\); use --device cpu or --device auto$", error.Message);
    }

    [Theory]
    [InlineData("opencl")]
    [InlineData("opencl:1")]
    public void OpenClDevice_ThatIsAbsent_IsRefusedWithWhatOpenClLacks(string name)
    {
        DeviceReport cpu = DeviceCatalog.List().Single(r => r.Name == "cpu");

        string message = DeviceCatalog.Absent(name, [.. OpenClEntry.List(new([], "no OpenCL library")), cpu]).Message;

        Assert.StartsWith($"device '{name}' cannot run here (no OpenCL library); present: cpu (", message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryDeviceThatIsListed_OpensUnderItsName()
    {
        foreach (DeviceReport report in DeviceCatalog.List().Where(r => r.Device is not null))
        {
            using IBackend backend = DeviceCatalog.Open(new DeviceOptions { Name = report.Name, Threads = 1 });
            Assert.Equal(report.Name, backend.Device.Name);
        }
    }
}
