using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Kernels;

namespace LstmGpu.Tasks;

/// <summary>M1: a barrier of all groups in two ways, an exchange with such a barrier and one that validates itself; and which of the latter to build on.</summary>
internal sealed class ExchangeMeasurement(MicroClock clock, MicroBenchmarkSizes sizes, int polls = ExchangeMeasurement.Polls)
{
    /// <summary>Looks in vain of a thread before it gives up: about a second on a device.</summary>
    public const int Polls = 1 << 20;

    /// <summary>Beyond this an exchange that validates itself is not worth building on.</summary>
    public const double MostMicroseconds = 0.8;

    // What the verdict is about: h of 768 units and a batch of 16 in 16 bits is 24 KiB.
    private const int JudgedBytes = 32 << 10;

    private static readonly string[] Ways = ["grid sync", "acquire/release", "self-validating"];

    public IEnumerable<MicroBenchmarkRow> Rows()
    {
        ResidentGroups resident = clock.Resident("ExchangeKernels_Exchange_2_8");
        if (resident.Missing is { } missing)
        {
            yield return new("M1", "exchange", 0, 0, null, "us", missing, Failed: false);
            yield break;
        }
        int largest = Math.Min(sizes.Groups.Max(), Math.Min(resident.Groups, resident.Units));
        List<MicroBenchmarkRow> exchanges = [];
        foreach (int groups in sizes.Groups.Where(n => n < largest).Append(largest))
        {
            yield return Measure(ExchangeKernels.GridSync, groups, 0);
            yield return Measure(ExchangeKernels.Counters, groups, 0);
            foreach (int bytes in sizes.Exchanged.Select(kilobytes => kilobytes << 10))
            {
                yield return Measure(ExchangeKernels.Counters, groups, bytes);
                exchanges.Add(Measure(ExchangeKernels.SelfValidating, groups, bytes));
                yield return exchanges[^1];
            }
        }
        yield return Verdict(exchanges);
    }

    /// <summary>Of the exchange of 32 KiB (or the next smaller) over the most groups.</summary>
    internal static MicroBenchmarkRow Verdict(IEnumerable<MicroBenchmarkRow> exchanges)
    {
        MicroBenchmarkRow? judged = exchanges.Where(row => row.Bytes <= JudgedBytes).OrderBy(row => row.Groups).ThenBy(row => row.Bytes).LastOrDefault();
        string note = judged?.Value is not { } microseconds ? "no exchange to judge by: acquire/release counters"
            : FormattableString.Invariant($"{judged.Bytes >> 10} KiB over {judged.Groups} groups take {microseconds:F2} us, {MostMicroseconds} allowed: ")
                + (microseconds > MostMicroseconds ? "acquire/release counters" : "the exchange that validates itself");
        return new("M1", "to build on", judged?.Groups ?? 0, judged?.Bytes ?? 0, null, "", note, Failed: false);
    }

    private MicroBenchmarkRow Measure(int way, int groups, int bytes)
    {
        int words = bytes / sizeof(uint), rounds = sizes.Rounds;
        // As many vectors in flight as the size allows.
        int batch = Math.Clamp(words / (4 * ExchangeKernels.Threads), 2, 8);
        long history = Math.Max(1, (long)rounds * words);
        using DeviceBuffer buffer = clock.Queue.Allocate("history", history * sizeof(uint));
        using DeviceBuffer small = clock.Queue.Allocate("state and sums", (ExchangeKernels.StateLength + ((long)groups * ExchangeKernels.Threads)) * sizeof(uint));
        DeviceSlice<uint> state = new(small, 0, ExchangeKernels.StateLength), sums = new(small, state.Length, (long)groups * ExchangeKernels.Threads);
        void Clear()
        {
            clock.Queue.Fill(new DeviceSlice<float>(buffer, 0, history), BitConverter.UInt32BitsToSingle(ExchangeKernels.Empty));
            clock.Queue.Fill(new DeviceSlice<float>(small, 0, state.Length), 0);
        }
        double milliseconds = clock.Milliseconds(
            rounds, n => ExchangeLauncher.Exchange(clock.Queue, MicroClock.Along(groups), way, batch, state, new(buffer, 0, history), sums, words, n, polls), Clear);
        string name = $"{(bytes > 0 ? "exchange" : "barrier")}, {Ways[way]}";
        return Fault(state, sums, groups, words) is { } fault
            ? new("M1", name, groups, bytes, null, "us", fault, Failed: true)
            : new("M1", name, groups, bytes, milliseconds * 1e3 / rounds, "us", null, Failed: false);
    }

    // Whether every group was brought every word.
    private string? Fault(DeviceSlice<uint> state, DeviceSlice<uint> sums, int groups, int words)
    {
        uint[] told = new uint[state.Length], brought = new uint[sums.Length];
        clock.Queue.Download(state, told);
        clock.Queue.Download(sums, brought);
        if (told[ExchangeKernels.GaveUp] != 0)
        {
            return FormattableString.Invariant($"gave up: a thread looked {polls} times for what another group had to write");
        }
        return WrongGroup(brought, groups, Published(words, sizes.Rounds)) is { } group ? $"group {group} was brought other words than were published" : null;
    }

    internal static uint Published(int words, int rounds)
    {
        uint sum = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < words; i++)
            {
                sum += ExchangeKernels.Word(round, words, i);
            }
        }
        return sum;
    }

    internal static int? WrongGroup(uint[] brought, int groups, uint published)
    {
        for (int group = 0; group < groups; group++)
        {
            uint sum = 0;
            foreach (uint part in brought.AsSpan(group * ExchangeKernels.Threads, ExchangeKernels.Threads))
            {
                sum += part;
            }
            if (sum != published)
            {
                return group;
            }
        }
        return null;
    }
}
