using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClMemoryPlanTests
{
    private static readonly OpenClDevice Small =
        new(0, 0, "platform", "OpenCL 1.2", "small one", "vendor", "1", "OpenCL 1.2", "OpenCL C 1.2", 10_000, 4_000, 32 << 10, 1, 64, OpenClKind.Gpu, true, null);

    [Fact]
    public void Plan_ThatFits_IsAccepted()
    {
        OpenClMemoryPlan.Check(Small, []);
        OpenClMemoryPlan.Check(Small, [("a", 4_000), ("b", 4_000), ("c", 2_000)]);
    }

    [Fact]
    public void Plan_LargerThanTheDevice_NamesTheThreeLargestBuffers()
    {
        var error = Assert.Throws<DeviceException>(() => OpenClMemoryPlan.Check(Small, [("a", 1_000), ("b", 4_000), ("c", 3_001), ("d", 2_000)]));

        Assert.Equal(
            "the plan does not fit 'small one': 10,001 bytes needed, 10,000 available; largest buffers: 'b' 4,000, 'c' 3,001, 'd' 2,000; " +
            "use a smaller --batch, --bptt or --hidden",
            error.Message);
    }

    [Fact]
    public void Plan_WithOneBufferAboveTheLargestAllocation_NamesIt()
    {
        var error = Assert.Throws<DeviceException>(() => OpenClMemoryPlan.Check(Small, [("a", 1_000), ("b", 4_001)]));

        Assert.Equal(
            "the plan does not fit 'small one': 4,001 bytes needed for 'b' alone, 4,000 available in one buffer; largest buffers: 'b' 4,001, 'a' 1,000; " +
            "use a smaller --batch, --bptt or --hidden",
            error.Message);
    }

    [Fact]
    public void Plan_BeyondAllNumbers_IsStillCounted()
    {
        var error = Assert.Throws<DeviceException>(() => OpenClMemoryPlan.Check(Small, [("a", long.MaxValue), ("b", long.MaxValue)]));

        Assert.Contains("18,446,744,073,709,551,614 bytes needed", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Allocation_BeyondTheDevice_IsRefusedBeforeTheDriverIsAsked_AndOtherBuffersLive()
    {
        using var device = new OpenClUnderTest();
        using OpenClBuffer kept = device.Context.Allocate("kept", 1000);

        var error = Assert.Throws<DeviceException>(() => device.Context.Allocate("huge", device.Context.Device.GlobalMemory));

        Assert.Contains("largest buffers: 'huge' ", error.Message, StringComparison.Ordinal);
        Assert.Contains(", 'kept' ", error.Message, StringComparison.Ordinal);
        using OpenClBuffer next = device.Context.Allocate("next", 1000);
        device.Context.Finish();
    }
}
