using System.Text.Json.Nodes;
using LstmGpu.Devices;
using LstmGpu.Devices.Portable;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices.Cuda;
using Xunit;

namespace LstmGpu.Tests.Tasks;

[Collection(FakeCudaTests.Name)]
public sealed class BenchmarkTests
{
    [Fact]
    public void Lstm_OfTwoDirections_CountsTheArithmeticOfBoth_AndReadsTheOtherInTheNextLayer()
    {
        JsonNode one = Row("3,2,5,7,1,1"), two = Row("3,2,5,7,1,2"), stacked = Row("3,2,5,7,2,2", "--lengths");

        Assert.Equal([3, 2, 5, 7, 1, 2], two["shape"]!.AsArray().Select(n => (int)n!));
        Assert.Equal(2 * Work(one), Work(two), 6);
        // 4·7·(5 + 7) and 4·7·(14 + 7) per direction, times 3·2·T·B.
        Assert.Equal(2 * 36 * 28 * (12 + 21), Work(stacked) * 1e6, 3);
    }

    [Fact]
    public void Lengths_AreFromOneToT_AndTheFirstIsT()
    {
        int[] lengths = new LstmBenchmarkShape(5, 9, 1, 1, 1).Lengths();

        Assert.Equal([5, 3, 1, 4, 2, 5, 3, 1, 4], lengths);
    }

    [Theory]
    [InlineData("bench lstm --shape 3,2,5,7,1,3", "1 or 2 directions")]
    [InlineData("bench options --shape 3,2,5,7,1,2", "both directions are a variant of their own")]
    public void Directions_ThatCannotBe_AreRefused(string command, string expected)
    {
        (int code, _, string error) = Shell.Run([.. command.Split(' '), "--device", "cpu", "--threads", "1"]);

        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Device_OnCuda_TimesLaunchesInAGraphToo()
    {
        using FakeCuda fake = new();
        using KernelBackend backend = fake.Backend();

        IReadOnlyList<DeviceBenchmarkRow> rows = DeviceBenchmark.Run(backend, repeat: 1, largest: 4 << 20, CancellationToken.None);

        Assert.Equal(
            ["copy 1048576", "add 1048576", "sum 1048576", "copy 4194304", "add 4194304", "sum 4194304", "launch 0", "launch in a graph 0", "launch and read back 0"],
            rows.Select(row => FormattableString.Invariant($"{row.Measure} {row.Bytes}")));
        Assert.All(rows, row => Assert.InRange(row.Value, double.Epsilon, double.MaxValue));
        Assert.Equal(3, fake.Log.Count(line => line == "cuGraphLaunch")); // two to warm up
        Assert.Contains("  1000 commands of 1", fake.Log);
    }

    [SkippableFact]
    public void Device_WithLittleMemory_IsMeasuredWithSmallBuffers()
    {
        using FakeCuda fake = new();
        using CudaSmall small = new(fake);

        Assert.Equal(1 << 20, DeviceBenchmark.Run(small.Backend, repeat: 1, largest: 256L << 20, CancellationToken.None).Max(row => row.Bytes));
    }

    private static JsonNode Row(string shape, params string[] more)
    {
        (int code, string output, string error) = Shell.Run(["bench", "lstm", "--device", "cpu", "--threads", "1", "--repeat", "1", "--json", "--shape", shape, .. more]);
        Assert.True(code == 0, error);
        return JsonNode.Parse(output)!;
    }

    // GFLOP/s times milliseconds: millions of operations.
    private static double Work(JsonNode row) => (double)row["gflops"]! * (double)row["forward_backward_ms"]!;

    private sealed class CudaSmall(FakeCuda fake) : IDisposable
    {
        public KernelBackend Backend { get; } = new(new LstmGpu.Devices.Cuda.CudaQueue(fake.Open(), new DeviceDescription("cuda", "small", "", 5 << 20, 1)));

        public void Dispose() => Backend.Dispose();
    }
}
