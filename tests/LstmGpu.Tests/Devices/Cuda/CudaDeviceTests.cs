using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

[Collection(FakeCudaTests.Name)]
public sealed class CudaDeviceTests
{
    [SkippableFact]
    public void Discovery_DescribesWhatTheDriverShows()
    {
        using FakeCuda fake = new();
        fake.Set(devices: 2);

        CudaDiscovery found = fake.Discover();

        Assert.Null(found.Reason);
        Assert.Equal(
            [
                new CudaDevice(0, 40, "Fake GPU 0", new(12, 4), new(8, 6), 13, 2L << 30, 101376, true, true, false, null),
                new CudaDevice(1, 41, "Fake GPU 1", new(12, 4), new(8, 6), 13, 2L << 30, 101376, true, true, false, null),
            ],
            found.Devices);
        IReadOnlyList<DeviceReport> reports = CudaEntry.List(found);
        Assert.Equal([("cuda", null), ("cuda:1", null)], reports.Select(r => (r.Name, r.Unavailable)));
        DeviceDescription device = reports[1].Device!;
        Assert.Equal(
            ("cuda:1", "Fake GPU 1", "compute capability 8.6, 13 multiprocessors, CUDA 12.4", "compute capability 8.6", "CUDA 12.4", 13),
            (device.Name, device.Model, device.Detail, device.Platform, device.Driver, device.Units));
        Assert.InRange(device.MemoryBytes, 1L << 30, (2L << 30) - 1);
        Assert.Equal(0, fake.Live);
    }

    [Fact]
    public void Discovery_WithoutADriver_GivesTheReason()
    {
        CudaDiscovery found = CudaDevices.Discover(["libNoSuchCuda.so.9"]);

        Assert.Empty(found.Devices);
        Assert.Equal("no CUDA driver (libNoSuchCuda.so.9); install NVIDIA's driver 525 or later", found.Reason);
        Assert.Equal("no CUDA driver exists for this system", CudaDevices.Discover([]).Reason);
    }

    [SkippableFact]
    public void Discovery_WithAnotherLibrary_GivesTheReason()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the C library has this name on Linux");

        Assert.Equal(
            "the library libc.so.6 is no CUDA driver (it has no cuDriverGetVersion); install NVIDIA's driver 525 or later",
            CudaDevices.Discover(["libc.so.6"]).Reason);
    }

    [SkippableTheory]
    [InlineData(0, 12040, "", 0, "the CUDA driver shows no device; check nvidia-smi and CUDA_VISIBLE_DEVICES")]
    [InlineData(1, 11080, "", 0, "the driver has CUDA 11.8, the kernels need 12.0; install NVIDIA's driver 525 or later")]
    [InlineData(1, 12040, "cuInit", 100, "the CUDA driver shows no device; check nvidia-smi and CUDA_VISIBLE_DEVICES")]
    [InlineData(1, 12040, "cuInit", 803, "the CUDA driver does not start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803): the driver's kernel module and its library differ in version; restart after an update; check nvidia-smi")]
    [InlineData(1, 12040, "cuDriverGetVersion", 34, "the CUDA driver does not start: CUDA_ERROR_STUB_LIBRARY (34): this library is the one to link with; the driver's own is not on the library path; check nvidia-smi")]
    [InlineData(1, 12040, "cuDeviceGetName", 101, "CUDA could not describe 'device 0': CUDA_ERROR_INVALID_DEVICE (101): the device is not known; check that the device is still there (nvidia-smi) and resume from the last checkpoint")]
    public void Discovery_ThatFindsNothing_GivesTheReason(int devices, int version, string function, int code, string reason)
    {
        using FakeCuda fake = new();
        fake.Set(devices, version);
        fake.Fail(function, 1, code);

        CudaDiscovery found = fake.Discover();

        Assert.Empty(found.Devices);
        Assert.Equal(reason, found.Reason);
        DeviceReport report = Assert.Single(CudaEntry.List(found));
        Assert.Equal(("cuda", null, reason), (report.Name, report.Device, report.Unavailable));
    }

    [SkippableFact]
    public void BrokenDevice_DoesNotHideTheOthers()
    {
        using FakeCuda fake = new();
        fake.Set(devices: 2);
        fake.Fail("cuDeviceTotalMem_v2", 1, 999);

        CudaDiscovery found = fake.Discover();

        Assert.Equal("Fake GPU 1", Assert.Single(found.Devices).Name);
        Assert.StartsWith("CUDA could not describe 'device 0': CUDA_ERROR_UNKNOWN (999): ", found.Reason, StringComparison.Ordinal);
        Assert.Equal("cuda:1", DeviceCatalog.Automatic(CudaEntry.List(found)));
    }

    [SkippableTheory]
    [InlineData((int)CudaDeviceAttribute.ComputeCapabilityMajor, 6, "it has compute capability 6.6, the kernels need 7.0; use --device opencl or --device cpu")]
    [InlineData((int)CudaDeviceAttribute.ComputeMode, 2, "its compute mode is 'prohibited'; change it with nvidia-smi -c 0")]
    public void Device_ThatCannotRunTheKernels_SaysWhy(int attribute, int value, string reason)
    {
        using FakeCuda fake = new();
        fake.Attribute((CudaDeviceAttribute)attribute, value);

        CudaDiscovery found = fake.Discover();

        Assert.Equal(reason, Assert.Single(found.Devices).Unusable);
        Assert.Equal($"'Fake GPU 0' cannot be used: {reason}", Assert.Single(CudaEntry.List(found)).Unavailable);
        Assert.Null(CudaEntry.Open("cuda", found));
        Assert.Contains(reason, Assert.Throws<DeviceException>(() => new CudaContext(found.Devices[0])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda", true)]
    [InlineData("cuda:0", true)]
    [InlineData("cuda:12", true)]
    [InlineData("cuda:", false)]
    [InlineData("cuda:-1", false)]
    [InlineData("cuda: 1", false)]
    [InlineData("CUDA", false)]
    public void Name_IsACudaDevice_WithOrWithoutANumber(string name, bool expected) => Assert.Equal(expected, CudaEntry.Knows(name));

    [Theory]
    [InlineData(2, false, "CUDA could not allocate 'x': CUDA_ERROR_OUT_OF_MEMORY (2): the device has not that much memory left; close what else uses")]
    [InlineData(700, true, "CUDA could not allocate 'x': CUDA_ERROR_ILLEGAL_ADDRESS (700): a kernel read or wrote memory that is not its own; an earlier command caused it and the device is lost to this process, the last checkpoint is valid")]
    [InlineData(716, true, "CUDA could not allocate 'x': CUDA_ERROR_MISALIGNED_ADDRESS (716): ")]
    [InlineData(719, true, "CUDA could not allocate 'x': CUDA_ERROR_LAUNCH_FAILED (719): ")]
    [InlineData(9999, false, "CUDA could not allocate 'x': unknown code (9999): the manual of the driver API may know it; nvidia-smi shows")]
    public void Status_HasNameCodeMeaningAndNextStep(int code, bool sticky, string expected)
    {
        Assert.StartsWith(expected, CudaStatus.Failure(code, "allocate", "x").Message, StringComparison.Ordinal);
        Assert.Equal(sticky, CudaStatus.IsSticky(code));
    }
}
