using LstmGpu.Devices;
using LstmGpu.Devices.OpenCl;
using Xunit;

namespace LstmGpu.Tests.Devices.OpenCl;

public sealed class OpenClBufferTests
{
    private const int HalfFloats = OpenClUnderTest.StagingBytes / 2 / sizeof(float);
    private const float Guard = -77.25f;

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(HalfFloats - 1)]
    [InlineData(HalfFloats)]
    [InlineData(HalfFloats + 1)]
    [InlineData(2 * HalfFloats)]
    [InlineData((2 * HalfFloats) + 1)]
    [InlineData(10_007)]
    public void Slice_ComesBackAsItWent_AndNothingAroundItChanges(int length)
    {
        using var device = new OpenClUnderTest();
        foreach (int offset in (int[])[0, 1, 3, 257])
        {
            float[] values = Values(length);
            using OpenClBuffer buffer = Guarded(device.Context, offset + length + 5);
            DeviceSlice<float> slice = new(buffer, offset, length);

            device.Context.Upload<float>(values, slice);

            float[] all = Download(device.Context, buffer);
            Assert.Equal(Expected(all.Length, offset, values), all);
            var back = new float[length];
            device.Context.Download(slice, back);
            Assert.Equal(values, back);
        }
    }

    [SkippableFact]
    public void Upload_LeavesTheCallersMemoryToTheCaller()
    {
        using var device = new OpenClUnderTest();
        float[] values = Values(1000), expected = [.. values];
        using OpenClBuffer buffer = device.Context.Allocate("x", 1000 * sizeof(float));

        device.Context.Upload<float>(values, new(buffer, 0, 1000));
        Array.Fill(values, Guard);

        Assert.Equal(expected, Download(device.Context, buffer));
    }

    [SkippableFact]
    public void Bytes_TravelAtOddAddresses()
    {
        using var device = new OpenClUnderTest();
        byte[] values = [.. Enumerable.Range(0, 1999).Select(i => (byte)(i * 31))];
        using OpenClBuffer buffer = device.Context.Allocate("bytes", 2005);

        device.Context.Upload<byte>(values, new(buffer, 3, values.Length));

        var back = new byte[2005];
        device.Context.Download(new DeviceSlice<byte>(buffer, 0, 2005), back);
        Assert.Equal([0, 0, 0, .. values, 0, 0, 0], back);
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4099)]
    public void Memory_StartsAsZero_TailIncluded(int bytes)
    {
        using var device = new OpenClUnderTest();
        using OpenClBuffer buffer = device.Context.Allocate("x", bytes);

        long padded = OpenClBuffer.Padded(bytes);
        var all = new byte[padded];
        Array.Fill(all, (byte)1);
        device.Context.Download(new DeviceSlice<byte>(buffer, 0, padded), all);

        Assert.All(all, b => Assert.Equal(0, b));
    }

    [SkippableTheory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 257)]
    public void Fill_WritesTheSliceAndNothingElse(int offset, int length)
    {
        using var device = new OpenClUnderTest();
        using OpenClBuffer buffer = Guarded(device.Context, 300);

        device.Context.Fill(new DeviceSlice<float>(buffer, offset, length), 1.5f);

        Assert.Equal(Expected(300, offset, [.. Enumerable.Repeat(1.5f, length)]), Download(device.Context, buffer));
    }

    [SkippableTheory]
    [InlineData(0, 0, 0)]
    [InlineData(3, 11, 1)]
    [InlineData(1, 2, 257)]
    public void Copy_WritesTheSliceAndNothingElse(int from, int to, int length)
    {
        using var device = new OpenClUnderTest();
        float[] values = Values(300);
        using OpenClBuffer source = device.Context.Allocate("source", 300 * sizeof(float)), destination = Guarded(device.Context, 300);
        device.Context.Upload<float>(values, new(source, 0, 300));

        device.Context.Copy(new DeviceSlice<float>(source, from, length), new DeviceSlice<float>(destination, to, length));

        Assert.Equal(Expected(300, to, values[from..(from + length)]), Download(device.Context, destination));
    }

    [SkippableFact]
    public void Context_AfterARefusedCommand_StaysUsable()
    {
        using var device = new OpenClUnderTest();
        using OpenClBuffer buffer = Guarded(device.Context, 300);

        DeviceSlice<float> outside = new(buffer, 100_000, 300);
        var upload = Assert.Throws<DeviceException>(() => device.Context.Upload<float>(Values(300), outside));
        Assert.Throws<DeviceException>(() => device.Context.Download(outside, new float[300]));
        Assert.Throws<DeviceException>(() => device.Context.Fill(outside, 1));

        Assert.StartsWith("OpenCL could not upload to 'x': CL_INVALID_VALUE (-30): ", upload.Message, StringComparison.Ordinal);
        Assert.All(Download(device.Context, buffer), v => Assert.Equal(Guard, v));
    }

    [SkippableFact]
    public void EveryDriverObject_IsReleased_WhenTheContextCloses()
    {
        HandleLedger ledger;
        using (var device = new OpenClUnderTest())
        {
            ledger = device.Context.Ledger;
            // Context, queue, staging memory.
            Assert.Equal(3, ledger.Live);
            OpenClBuffer first = device.Context.Allocate("first", 10), forgotten = device.Context.Allocate("forgotten", 5000);
            Assert.Equal(5, ledger.Live);
            first.Dispose();
            first.Dispose();
            Assert.Equal(4, ledger.Live);
            // The last chunk of an upload is still under way.
            device.Context.Upload<float>(Values(1000), new(forgotten, 0, 1000));
        }
        Assert.Equal(0, ledger.Live);
    }

    private static OpenClBuffer Guarded(OpenClContext context, int length)
    {
        OpenClBuffer buffer = context.Allocate("x", length * sizeof(float));
        context.Fill(new DeviceSlice<float>(buffer, 0, length), Guard);
        return buffer;
    }

    private static float[] Values(int length) => [.. Enumerable.Range(0, length).Select(i => (i * 0.37f) - 11)];

    private static float[] Expected(int total, int offset, float[] values)
    {
        var expected = new float[total];
        Array.Fill(expected, Guard);
        values.CopyTo(expected, offset);
        return expected;
    }

    private static float[] Download(OpenClContext context, OpenClBuffer buffer)
    {
        var all = new float[buffer.Bytes / sizeof(float)];
        context.Download(new DeviceSlice<float>(buffer, 0, all.Length), all);
        return all;
    }
}
