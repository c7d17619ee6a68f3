using LstmGpu.Devices;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using Xunit;

namespace LstmGpu.Tests.Devices.Portable;

/// <summary>The contract of <see cref="IDeviceQueue"/>, on the emulator and on OpenCL.</summary>
public sealed class DeviceQueueTests
{
    public static TheoryData<string> Queues => ["emulator", "opencl"];

    [SkippableTheory]
    [MemberData(nameof(Queues))]
    public void Launch_HandsOverEveryKindOfArgument_AndWritesOnlyItsSlice(string name)
    {
        using IDeviceQueue queue = QueueUnderTest.Open(name);
        float[] values = [.. Enumerable.Range(0, 40).Select(i => i / 4f)];
        using DeviceBuffer x = queue.Upload("x", values), y = queue.Upload("y", new float[40]);
        const int N = 33;

        queue.Launch(new MixCall(new DeviceSlice<float>(x, 5, N), new DeviceSlice<float>(y, 3, N), Sign.Minus, new(7, 0.5f), false, 1L << 40), (3, 1, 1));
        float[] first = queue.Download<float>(y);
        queue.Launch(new MixCall(new DeviceSlice<float>(x, 5, N), new DeviceSlice<float>(y, 3, N), Sign.Plus, new(7, 2), true, 1L << 40), (3, 1, 1));
        float[] second = queue.Download<float>(y);

        Assert.Equal([0, 0, 0, .. values[5..(5 + N)].Select(v => -v * 0.5f + 7), 0, 0, 0, 0], first);
        Assert.Equal([0, 0, 0, .. values[5..(5 + N)].Select(v => v * 2 + (1L << 40)), 0, 0, 0, 0], second);
    }

    [SkippableTheory]
    [MemberData(nameof(Queues))]
    public void Launch_GivesTheGroupItsDynamicSharedMemory_InEveryDimension(string name)
    {
        using IDeviceQueue queue = QueueUnderTest.Open(name);
        int[] values = [.. Enumerable.Range(0, 50)];
        using DeviceBuffer x = queue.Upload("x", values);

        queue.Launch(new ReverseCall(new DeviceSlice<int>(x, 1, 48)), (3, 1, 2), dynamicSharedBytes: 8 * sizeof(int));

        Assert.Equal([0, .. values[1..49].Chunk(8).SelectMany(c => c.Reverse()), 49], queue.Download<int>(x));
    }

    [SkippableTheory]
    [MemberData(nameof(Queues))]
    public void Launch_OnAGridOfNothing_DoesNothing(string name)
    {
        using IDeviceQueue queue = QueueUnderTest.Open(name);

        queue.Launch(new BrokenCall(default), (0, 1, 1));
        queue.Launch(new BrokenCall(default), (1, 0, 1));
        queue.Launch(new BrokenCall(default), (1, 1, 0));

        queue.Finish();
    }

    [SkippableTheory]
    [MemberData(nameof(Queues))]
    public void LaunchesAndTransfers_RunInTheOrderOfTheirCalls(string name)
    {
        using IDeviceQueue queue = QueueUnderTest.Open(name);
        using DeviceBuffer x = queue.Allocate("x", 16 * sizeof(float)), y = queue.Allocate("y", 16 * sizeof(float));
        DeviceSlice<float> xs = new(x, 0, 16), ys = new(y, 0, 16);
        Assert.Equal(new float[16], queue.Download<float>(x));

        queue.Fill(xs, 3);
        queue.Launch(new MixCall(xs, ys, Sign.Plus, new(1, 2), false, 0), (1, 1, 1));
        queue.Fill(xs, 5);
        queue.Copy(ys.Slice(0, 8), xs.Slice(8, 8));

        Assert.Equal([.. Enumerable.Repeat(5f, 8), .. Enumerable.Repeat(7f, 8)], queue.Download<float>(x));
    }

    [SkippableFact]
    public void Launch_OnOpenCl_AllocatesNothing()
    {
        using IDeviceQueue queue = QueueUnderTest.Open("opencl");
        using DeviceBuffer x = queue.Allocate("x", 64 * sizeof(float));
        DeviceSlice<float> slice = new(x, 0, 64);
        void Step()
        {
            for (int n = 0; n < 10; n++)
            {
                queue.Launch(new MixCall(slice, slice, Sign.Minus, new(7, 0.5f), true, 5), (4, 1, 1));
                queue.Launch(new ReverseCall(new DeviceSlice<int>(x, 0, 64)), (8, 1, 1), dynamicSharedBytes: 8 * sizeof(int));
            }
            queue.Finish();
        }
        // Until the runtime has replaced the methods by its faster ones.
        for (int n = 0; n < 30; n++)
        {
            Step();
        }
        Assert.Equal(0, Allocations.Of(Step));
    }

    [SkippableFact]
    public void TextThatTheDriverRefuses_IsNamed_WithTheDriversLog_AndTheNextOneRuns()
    {
        using IDeviceQueue queue = QueueUnderTest.Open("opencl");
        using DeviceBuffer x = queue.Allocate("x", 64 * sizeof(float));
        DeviceSlice<float> slice = new(x, 0, 1);

        var error = Assert.Throws<DeviceException>(() => queue.Launch(new BrokenCall(slice), (1, 1, 1)));

        Assert.Contains("'broken'", error.Message, StringComparison.Ordinal);
        Assert.Contains("no_such_name", error.Message, StringComparison.Ordinal);
        queue.Launch(new MixCall(slice, slice, Sign.Plus, new(7, 0), false, 0), (1, 1, 1));
        Assert.Equal(7, queue.Download<float>(x)[0]);
    }

    [Fact]
    public void KernelThatFailsInTheEmulator_IsNamed_WithItsThread()
    {
        using IDeviceQueue queue = QueueUnderTest.Open("emulator");
        using DeviceBuffer x = queue.Allocate("x", 64 * sizeof(float));

        var error = Assert.Throws<DeviceException>(() => queue.Launch(new BrokenCall(new DeviceSlice<float>(x, 0, 4)), (1, 1, 1)));

        Assert.StartsWith("kernel 'broken', group (0, 0, 0), thread (0, 0, 0): index 4 is outside", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public unsafe void EmulatorMemory_StandsAsADriverAlignsIt_AndKeepsItsName()
    {
        using var queue = new EmulatorQueue();
        using var buffer = (EmulatorBuffer)queue.Allocate("weights", 3);

        Assert.Equal(0u, (nuint)buffer.Pointer % 256);
        Assert.Equal(("weights", 3L), (buffer.Name, buffer.Bytes));
        Assert.Contains("'huge'", Assert.Throws<DeviceException>(() => queue.Allocate("huge", long.MaxValue / 2)).Message, StringComparison.Ordinal);
    }
}
