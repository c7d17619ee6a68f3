using LstmGpu.Devices;
using LstmGpu.Devices.Cuda;
using LstmGpu.Devices.Emulator;
using LstmGpu.Devices.Portable;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices.Cuda;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>What decides how a recurrence is spread over a GPU: the numbers need one, that the right things are launched and checked does not.</summary>
[Collection(FakeCudaTests.Name)]
public sealed class MicroBenchmarkTests
{
    [SkippableFact]
    public void OnADeviceWithEverything_EveryMeasurementHasANumber_AndLaunchesPromiseWhatTheyNeed()
    {
        using FakeCuda fake = Hopper();
        EmulatedLaunch.InstallIn(fake);
        using KernelBackend backend = fake.Backend();

        IReadOnlyList<MicroBenchmarkRow> rows = MicroBenchmark.Run(backend, MicroBenchmarkSizes.Quick, repeat: 1, CancellationToken.None);

        Assert.Null(EmulatedLaunch.Failure);
        Assert.All(rows, row => Assert.True(!row.Failed && (row.Measure == "to build on" || row.Value >= 0), row.ToString()));
        string[] measured = [.. rows.Select(row => FormattableString.Invariant($"{row.Id} {row.Measure} {row.Groups} {row.Bytes}"))];
        string[] expected =
        [
            "M1 barrier, grid sync 2 0", "M1 barrier, acquire/release 2 0", "M1 exchange, acquire/release 2 8192", "M1 exchange, self-validating 2 8192", "M1 to build on 2 8192",
            "M2 barrier in a cluster 2 0", "M2 exchange in a cluster 2 8192", "M3 gather 2 32768", "M4 mma bf16, N=8 2 0", "M5 launch 0 0", "M5 launch in a graph 0 0",
            "M5 launch and read back 0 0",
        ];
        Assert.Equal(expected, measured[..^7]);
        Assert.All(rows.Where(row => row.Id == "M7" && row.Measure != "error of logistic by tanh.approx"), row => Assert.InRange(row.Value!.Value, 0, 2e-6)); // .NET's functions
        Assert.Contains(fake.Log, line => line == "  attribute 2: 1,0,0");
        Assert.Contains(fake.Log, line => line == "  attribute 4: 2,1,1");
        Assert.Equal(8, fake.Log.Count(line => line.StartsWith("  attribute 2", StringComparison.Ordinal))); // four measurements, each beside a launch of no rounds
    }

    [SkippableTheory]
    [InlineData(7, 5, 1, 1, "M2 compute capability 7.5, it needs 9.0; M4 compute capability 7.5, it needs 8.0; M7 compute capability 7.5, it needs 8.0")]
    [InlineData(9, 0, 1, 0, "M2 the device has no clusters")]
    [InlineData(9, 0, 0, 1, "M1 the device has no cooperative launch")]
    [InlineData(10, 0, 1, 1, "M2 this build has no PTX of it for compute capability 10.0")]
    public void WhatADeviceLacks_IsSaidInItsRow(int major, int minor, int cooperative, int clusters, string expected)
    {
        using FakeCuda fake = Hopper();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, major);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, minor);
        fake.Attribute(CudaDeviceAttribute.CooperativeLaunch, cooperative);
        fake.Attribute(CudaDeviceAttribute.ClusterLaunch, clusters);
        using KernelBackend backend = fake.Backend(); // runs nothing, so whatever can be launched fails the check of its result

        IReadOnlyList<MicroBenchmarkRow> rows = MicroBenchmark.Run(backend, MicroBenchmarkSizes.Quick, repeat: 1, CancellationToken.None);

        Assert.Equal(expected, string.Join("; ", rows.Where(row => row.Value is null && !row.Failed && row.Measure != "to build on").Select(row => $"{row.Id} {row.Note}")));
        Assert.Equal(cooperative == 1, rows.Any(row => row.Failed && row.Id == "M1" && row.Note == "group 0 was brought other words than were published"));
        Assert.Contains(rows, row => row.Failed && row.Note == "a thread was brought other words than are there");
    }

    [SkippableFact]
    public void AFault_FailsItsRow_AndTheOthersAreMeasured()
    {
        using FakeCuda fake = Hopper();
        using KernelBackend backend = fake.Backend();
        fake.Fail("cuLaunchKernelEx", 1, 701);

        IReadOnlyList<MicroBenchmarkRow> rows = MicroBenchmark.Run(backend, MicroBenchmarkSizes.Quick, repeat: 1, CancellationToken.None);

        Assert.StartsWith("CUDA could not launch kernel 'ExchangeKernels_Exchange_0_2': ", rows.Single(row => row.Id == "M1").Note, StringComparison.Ordinal);
        Assert.Equal(3, rows.Count(row => row.Id == "M5" && row.Value > 0));
    }

    [Fact]
    public void AGroupThatDoesNotCome_IsAFailedRow()
    {
        using EmulatorQueue queue = new();
        MicroClock clock = new(queue, warmUp: 0, repeat: 1, CancellationToken.None);

        // No thread of the first group may look a second time.
        MicroBenchmarkRow[] rows = [.. new ExchangeMeasurement(clock, MicroBenchmarkSizes.Quick with { Exchanged = [] }, polls: 1).Rows()];

        Assert.All(rows.Take(2), row => Assert.Equal((true, null, "gave up: a thread looked 1 times for what another group had to write"), (row.Failed, row.Value, row.Note)));
        Assert.Equal("no exchange to judge by: acquire/release counters", rows[^1].Note);
    }

    [Theory]
    [InlineData(0.8, "32 KiB over 128 groups take 0.80 us, 0.8 allowed: the exchange that validates itself")]
    [InlineData(0.91, "32 KiB over 128 groups take 0.91 us, 0.8 allowed: acquire/release counters")]
    public void Verdict_IsOf32KibibytesOverTheMostGroups(double microseconds, string expected)
    {
        MicroBenchmarkRow[] rows = [Row(32, 32, 0.1), Row(128, 8, 0.2), Row(128, 32, microseconds), Row(128, 64, 5)];

        Assert.Equal(expected, ExchangeMeasurement.Verdict(rows).Note);

        static MicroBenchmarkRow Row(int groups, int kilobytes, double value) => new("M1", "exchange", groups, kilobytes << 10, value, "us", null, Failed: false);
    }

    [Fact]
    public void Command_OnTheCpu_SaysThatItIsNoCudaDevice_AndTimesLaunches()
    {
        (int code, string output, string error) = Shell.Run(["bench", "micro", "--device", "cpu", "--threads", "1", "--repeat", "1", "--quick", "--json"]);

        Assert.True(code == 0, error);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, lines.Length);
        Assert.Contains("\"id\":\"M1\",\"measure\":\"\",\"groups\":0,\"bytes\":0,\"value\":null,\"unit\":\"\",\"note\":\"device \\u0027cpu\\u0027 is no CUDA device\",\"failed\":false", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"id\":\"M5\",\"measure\":\"launch\",", lines[4], StringComparison.Ordinal);
    }

    private static FakeCuda Hopper()
    {
        FakeCuda fake = new();
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMajor, 9);
        fake.Attribute(CudaDeviceAttribute.ComputeCapabilityMinor, 0);
        fake.Attribute(CudaDeviceAttribute.ClusterLaunch, 1);
        fake.Attribute(CudaDeviceAttribute.MultiprocessorCount, 2);
        return fake;
    }
}
