using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>M3: every multiprocessor reads the same buffer through the cache of the device, as a step gathers the hidden state.</summary>
internal sealed class GatherMeasurement(MicroClock clock, MicroBenchmarkSizes sizes)
{
    public IEnumerable<MicroBenchmarkRow> Rows()
    {
        ResidentGroups resident = clock.Resident("RateKernels_Gather");
        return resident.Missing is { } missing
            ? [new("M3", "gather", 0, 0, null, "GB/s", missing, Failed: false)]
            : sizes.Gathered.Select(kilobytes => Measure(kilobytes << 10, resident.Units));
    }

    private MicroBenchmarkRow Measure(int bytes, int groups)
    {
        int words = bytes / sizeof(uint), repeats = Math.Max(1, (sizes.Work << 20) / bytes);
        using DeviceBuffer source = clock.Queue.Allocate("source", bytes), result = clock.Queue.Allocate("sums", (long)groups * RateKernels.Threads * sizeof(uint));
        clock.Queue.Fill(new DeviceSlice<float>(source, 0, words), 1);
        DeviceSlice<uint> sums = new(result, 0, (long)groups * RateKernels.Threads);
        double milliseconds = clock.Milliseconds(repeats, n => RateLauncher.Gather(clock.Queue, MicroClock.Along(groups), new(source, 0, words), sums, words, n));
        uint[] brought = new uint[sums.Length];
        clock.Queue.Download(sums, brought);
        uint each = unchecked((uint)repeats * (uint)(words / RateKernels.Threads) * BitConverter.SingleToUInt32Bits(1));
        return brought.All(sum => sum == each)
            ? new("M3", "gather", groups, bytes, (double)bytes * groups * repeats / milliseconds / 1e6, "GB/s", null, Failed: false)
            : new("M3", "gather", groups, bytes, null, "GB/s", "a thread was brought other words than are there", Failed: true);
    }
}
