using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using Xunit;

namespace LstmGpu.Tests.Devices.Cuda;

[Collection(FakeCudaTests.Name)]
public sealed class CudaContextTests
{
    // The staging of the tests: 1,024 bytes in two halves.
    private const int HalfFloats = 128;
    private const float Guard = -77.25f;

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(HalfFloats - 1)]
    [InlineData(HalfFloats)]
    [InlineData(HalfFloats + 1)]
    [InlineData((2 * HalfFloats) + 1)]
    [InlineData(10_007)]
    public void Slice_ComesBackAsItWent_AndNothingAroundItChanges(int length)
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();
        foreach (int offset in (int[])[0, 1, 257])
        {
            float[] values = Values(length), sent = [.. values];
            using CudaBuffer buffer = context.Allocate("x", (offset + length + 5) * sizeof(float));
            context.Fill(new DeviceSlice<float>(buffer, 0, offset + length + 5), Guard);

            context.Upload<float>(sent, new(buffer, offset, length));
            Array.Fill(sent, 0); // the memory is the caller's again, though nothing has run yet

            Assert.Equal([.. Enumerable.Repeat(Guard, offset), .. values, .. Enumerable.Repeat(Guard, 5)], Download(context, buffer));
            var back = new float[length];
            context.Download(new DeviceSlice<float>(buffer, offset, length), back);
            Assert.Equal(values, back);
        }
    }

    [SkippableFact]
    public void Memory_StartsAsZero_TailIncluded_AndStandsAtAMultipleOf256()
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();
        using CudaBuffer buffer = context.Allocate("x", 4099);

        var all = new byte[CudaBuffer.Padded(4099)];
        Array.Fill(all, (byte)1);
        context.Download(new DeviceSlice<byte>(buffer, 0, all.Length), all);

        Assert.All(all, b => Assert.Equal(0, b));
        Assert.Equal(0, buffer.Address % 256);
    }

    [SkippableFact]
    public void Copy_WritesTheSliceAndNothingElse()
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();
        float[] values = Values(300);
        using CudaBuffer source = context.Allocate("source", 1200), destination = context.Allocate("destination", 1200);
        context.Upload<float>(values, new(source, 0, 300));

        context.Copy(new DeviceSlice<float>(source, 3, 257), new DeviceSlice<float>(destination, 11, 257));

        Assert.Equal([.. new float[11], .. values[3..260], .. new float[32]], Download(context, destination));
    }

    [SkippableFact]
    public void AnotherThread_WorksInTheSameContext()
    {
        using FakeCuda fake = new();
        using CudaContext context = fake.Open();
        using CudaBuffer buffer = context.Allocate("x", 400);
        float[] found = [];

        // The fake refuses whatever comes from a thread without a context.
        Exception? refused = null;
        Thread other = new(() => refused = Record.Exception(() =>
        {
            context.Fill(new DeviceSlice<float>(buffer, 0, 100), 2);
            found = Download(context, buffer);
        }));
        other.Start();
        other.Join();

        Assert.Null(refused);
        Assert.Equal([.. Enumerable.Repeat(2f, 100)], found);
    }

    [SkippableTheory]
    [InlineData(1, "cuMemAllocAsync", "cuMemFreeAsync")]
    [InlineData(0, "cuMemAlloc_v2", "cuMemFree_v2")]
    public void Memory_ComesFromThePool_WhereTheDeviceHasOne(int pools, string taken, string given)
    {
        using FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.MemoryPoolsSupported, pools);
        using (CudaContext context = fake.Open())
        {
            context.Allocate("x", 4).Dispose();
        }

        Assert.Equal([taken, given], fake.Log.Where(line => line.StartsWith("cuMemAlloc", StringComparison.Ordinal) || line is "cuMemFreeAsync" or "cuMemFree_v2"));
        Assert.Equal((0, 0), (fake.Live, fake.ReleasedTwice));
    }

    [SkippableFact]
    public void EveryObject_IsReleased_WhenTheContextCloses()
    {
        using FakeCuda fake = new();
        HandleLedger ledger;
        using (CudaContext context = fake.Open())
        {
            ledger = context.Ledger;
            // Context, stream, staging memory and its two events.
            Assert.Equal((5, 5), (ledger.Live, fake.Live));
            CudaBuffer first = context.Allocate("first", 10), forgotten = context.Allocate("forgotten", 5000);
            first.Dispose();
            first.Dispose();
            Assert.Equal((6, 6), (ledger.Live, fake.Live));
            context.Upload<float>(Values(1000), new(forgotten, 0, 1000));
        }
        Assert.Equal((0, 0, 0), (ledger.Live, fake.Live, fake.ReleasedTwice));
    }

    [SkippableFact]
    public void TwoContexts_OfOneDevice_DoNotTakeItFromEachOther()
    {
        using FakeCuda fake = new();
        using CudaContext first = fake.Open();
        using CudaBuffer buffer = first.Allocate("x", 400);
        fake.Open().Dispose();

        first.Fill(new DeviceSlice<float>(buffer, 0, 100), 3);

        Assert.Equal([.. Enumerable.Repeat(3f, 100)], Download(first, buffer));
    }

    [SkippableFact]
    public void MemoryThatTheDeviceHasNotLeft_IsRefusedWithItsNameAndTheSizes_AndTheContextGoesOn()
    {
        using FakeCuda fake = new();
        fake.Set(bytes: 10_000);
        using CudaContext context = fake.Open();
        using CudaBuffer small = context.Allocate("small", 400);

        var error = Assert.Throws<DeviceException>(() => context.Allocate("weights", 20_000));
        var plan = Assert.Throws<DeviceException>(() => context.Allocate("huge", 3L << 30));

        Assert.StartsWith(
            "CUDA could not allocate 'weights: 20,256 bytes, 9,344 of 10,000 are free, 656 are in other buffers of this run': CUDA_ERROR_OUT_OF_MEMORY (2): ",
            error.Message,
            StringComparison.Ordinal);
        Assert.Contains("largest buffers: 'huge' 3,221,225,728", plan.Message, StringComparison.Ordinal);
        context.Fill(new DeviceSlice<float>(small, 0, 100), 1);
        Assert.Equal(1, Download(context, small)[99]);
    }

    [SkippableFact]
    public void DeviceThatIsLost_SaysSo_AtEveryCallAfterIt_AndEverythingIsReleased()
    {
        using FakeCuda fake = new();
        HandleLedger ledger;
        using (CudaContext context = fake.Open())
        {
            ledger = context.Ledger;
            CudaBuffer buffer = context.Allocate("x", 400);
            fake.Fail("cuStreamSynchronize", 1, 719);

            var first = Assert.Throws<DeviceException>(context.Finish);
            var second = Assert.Throws<DeviceException>(() => context.Fill(new DeviceSlice<float>(buffer, 0, 100), 1));

            Assert.StartsWith("CUDA could not finish the work of 'Fake GPU 0': CUDA_ERROR_LAUNCH_FAILED (719): ", first.Message, StringComparison.Ordinal);
            Assert.All([first, second], e => Assert.Contains("the last checkpoint is valid: resume from it in a new", e.Message, StringComparison.Ordinal));
        }
        Assert.Equal((0, 0), (ledger.Live, fake.Live));
    }

    private static float[] Values(int length) => [.. Enumerable.Range(0, length).Select(i => (i * 0.37f) - 11)];

    private static float[] Download(CudaContext context, CudaBuffer buffer)
    {
        var all = new float[buffer.Bytes / sizeof(float)];
        context.Download(new DeviceSlice<float>(buffer, 0, all.Length), all);
        return all;
    }
}
