using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>M2: barrier and exchange within a cluster, of one that is alone and of as many as the device holds.</summary>
internal sealed class ClusterMeasurement(MicroClock clock, MicroBenchmarkSizes sizes)
{
    private static readonly Dictionary<int, string> Names = new() { [2] = "Two", [4] = "Four", [8] = "Eight" };

    public IEnumerable<MicroBenchmarkRow> Rows()
    {
        foreach (int size in sizes.Clusters)
        {
            ResidentGroups resident = clock.Resident($"ClusterKernels_ExchangeOf{Names[size]}");
            if (resident.Missing is { } missing)
            {
                yield return new("M2", "exchange in a cluster", size, 0, null, "us", missing, Failed: false);
                continue;
            }
            foreach (int clusters in new[] { 1, resident.Units / size }.Where(n => n > 0).Distinct())
            {
                foreach (int bytes in sizes.Exchanged.Select(kilobytes => kilobytes << 10).Prepend(0).Where(b => b / sizeof(uint) / size <= ClusterKernels.MostOfGroup))
                {
                    yield return Measure(size, clusters, bytes);
                }
            }
        }
    }

    // A size of cluster that a device refuses is a row, not the end of all.
    private MicroBenchmarkRow Measure(int size, int clusters, int bytes)
    {
        string name = $"{(bytes > 0 ? "exchange" : "barrier")} in a cluster";
        try
        {
            (double microseconds, string? wrong) = Measure(size, size * clusters, words: bytes / sizeof(uint), sizes.Rounds);
            string others = FormattableString.Invariant($"clusters at once: {clusters}");
            return new("M2", name, size, bytes, wrong is null ? microseconds : null, "us", wrong ?? others, Failed: wrong is not null);
        }
        catch (DeviceException error)
        {
            return new("M2", name, size, bytes, null, "us", error.Message, Failed: true);
        }
    }

    private (double Microseconds, string? Wrong) Measure(int size, int groups, int words, int rounds)
    {
        using DeviceBuffer buffer = clock.Queue.Allocate("sums", (long)groups * ClusterKernels.Threads * sizeof(uint));
        DeviceSlice<uint> sums = new(buffer, 0, (long)groups * ClusterKernels.Threads);
        double milliseconds = clock.Milliseconds(rounds, repeats => Launch(size, groups, sums, words, repeats));
        uint[] brought = new uint[sums.Length];
        clock.Queue.Download(sums, brought);
        int? wrong = ExchangeMeasurement.WrongGroup(brought, groups, ExchangeMeasurement.Published(words, rounds));
        return (milliseconds * 1e3 / rounds, wrong is { } group ? $"group {group} was brought other words than were published" : null);
    }

    private void Launch(int size, int groups, DeviceSlice<uint> sums, int words, int rounds)
    {
        switch (size)
        {
            case 2:
                ClusterLauncher.ExchangeOfTwo(clock.Queue, MicroClock.Along(groups), sums, words, rounds);
                break;
            case 4:
                ClusterLauncher.ExchangeOfFour(clock.Queue, MicroClock.Along(groups), sums, words, rounds);
                break;
            default:
                ClusterLauncher.ExchangeOfEight(clock.Queue, MicroClock.Along(groups), sums, words, rounds);
                break;
        }
    }
}
