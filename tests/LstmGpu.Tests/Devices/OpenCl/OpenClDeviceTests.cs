using LstmGpu.Devices.OpenCl;
using Xunit;
using Xunit.Abstractions;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClDeviceTests(ITestOutputHelper output)
{
    [SkippableFact]
    public void Discovery_DescribesADeviceThatCanTrain()
    {
        OpenClDevice device = OpenClUnderTest.Device();
        output.WriteLine(device.ToString());

        Assert.All([device.Name, device.Vendor, device.PlatformName, device.DriverVersion], text => Assert.Equal(text.Trim(), Assert.IsType<string>(text)));
        Assert.NotEmpty(device.Name);
        Assert.StartsWith("OpenCL ", device.Version, StringComparison.Ordinal);
        Assert.StartsWith("OpenCL C ", device.Language, StringComparison.Ordinal);
        // The least that OpenCL 1.2 asks of a device: 32 KB of local memory, 1 MB in one buffer.
        Assert.InRange(device.LocalMemory, 32 << 10, long.MaxValue);
        Assert.InRange(device.MaxAllocation, 1 << 20, device.GlobalMemory);
        Assert.InRange(device.ComputeUnits, 1, 1 << 20);
        Assert.InRange(device.MaxGroup, 1, 1 << 20);
    }

    [Fact]
    public void Discovery_WithoutALibrary_GivesTheReason()
    {
        OpenClDiscovery found = OpenClDevices.Discover(["libNoSuchOpenCL.so.9"]);

        Assert.Empty(found.Devices);
        Assert.Equal("no OpenCL library (libNoSuchOpenCL.so.9); install the GPU's driver, or PoCL for the CPU", found.Reason);
    }

    [SkippableFact]
    public void Discovery_WithALibraryOfOldOrOtherFunctions_GivesTheReason()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the C library has this name on Linux");

        OpenClDiscovery found = OpenClDevices.Discover(["libc.so.6"]);

        Assert.Empty(found.Devices);
        Assert.Equal("the library libc.so.6 is older than OpenCL 1.2 (it has no clEnqueueFillBuffer); update the driver", found.Reason);
    }

    [Fact]
    public void Discovery_HasDevicesOrAReason()
    {
        OpenClDiscovery found = OpenClDevices.Discover();

        Assert.True(found.Devices.Count > 0 || found.Reason is { Length: > 0 });
    }

    [Theory]
    [InlineData("OpenCL 1.1 vendor", true, true, "it has OpenCL 1.1, the kernels need 1.2; update the driver")]
    [InlineData("OpenCL 1.0", true, true, "it has OpenCL 1.0, the kernels need 1.2; update the driver")]
    [InlineData("OpenCL 1.2", true, true, null)]
    [InlineData("OpenCL 3.0 CUDA 12.4.89", true, true, null)]
    [InlineData("OpenCL 1.10 x", true, true, null)]
    [InlineData("OpenGL 4.6", true, true, "its version 'OpenGL 4.6' is not of the form 'OpenCL 1.2 …'; update the driver")]
    [InlineData("", true, true, "its version '' is not of the form 'OpenCL 1.2 …'; update the driver")]
    [InlineData("OpenCL 3.0", false, true, "the driver says that it is not available; check the device")]
    [InlineData("OpenCL 3.0", true, false, "its driver has no compiler; install the full driver")]
    public void Device_ThatCannotRunTheKernels_SaysWhy(string version, bool available, bool compiler, string? expected) =>
        Assert.Equal(expected, OpenClVersion.Refusal(version, available, compiler));

    [SkippableFact]
    public void Context_OnAnUnusableDevice_IsRefusedWithTheReason()
    {
        OpenClDevice old = OpenClUnderTest.Device() with { Name = "old one", Unusable = "it has OpenCL 1.1" };

        var error = Assert.Throws<DeviceException>(() => new OpenClContext(old, new OpenClBinaryCache(null)));

        Assert.Equal("OpenCL device 'old one' cannot be used: it has OpenCL 1.1", error.Message);
    }

    [Theory]
    [InlineData(-5, "CL_OUT_OF_RESOURCES (-5): the device ran out of registers, local memory or memory, or a kernel failed")]
    [InlineData(-9999, "unknown code (-9999): not in OpenCL 1.2; the driver's manual may know it")]
    public void Status_HasNameCodeAndMeaning(int code, string expected) => Assert.Equal(expected, OpenClStatus.Describe(code));

    [Fact]
    public void Text_OfADriver_EndsAtItsZero() => Assert.Equal("Device", OpenClInfo.Decode("  Device \0rest"u8));
}
