using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Devices.OpenCl;
using LstmGpu.Reporting;
using LstmGpu.Tasks;
using LstmGpu.Tests.Devices.OpenCl;
using LstmGpu.Tests.Tasks.Forecasting;
using LstmGpu.Tests.Tasks.Sequences;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed class MemoryPlanTests
{
    private static readonly DeviceDescription Small = new("small", "one", "", 10_000, 1) { LargestBufferBytes = 4_000 };

    [Fact]
    public void Plan_ThatFits_IsAccepted()
    {
        MemoryPlan.Require(Small, [], Advice);
        MemoryPlan.Require(Small, [("a", 4_000), ("b", 4_000), ("c", 2_000)], Advice);
    }

    [Fact]
    public void Plan_LargerThanTheDevice_NamesTheThreeLargestBuffers()
    {
        var error = Assert.Throws<DeviceException>(() => MemoryPlan.Require(Small, [("a", 1_000), ("b", 4_000), ("c", 3_001), ("d", 2_000)], Advice));

        Assert.Equal(
            "the plan does not fit 'small: one': 10,001 bytes needed, 10,000 available; largest buffers: 'b' 4,000, 'c' 3,001, 'd' 2,000; go away",
            error.Message);
    }

    [Fact]
    public void Plan_WithOneBufferAboveTheLargestAllocation_NamesIt()
    {
        var error = Assert.Throws<DeviceException>(() => MemoryPlan.Require(Small, [("a", 1_000), ("b", 4_001)], Advice));

        Assert.Equal(
            "the plan does not fit 'small: one': 4,001 bytes needed for 'b' alone, 4,000 available in one buffer; largest buffers: 'b' 4,001, 'a' 1,000; go away",
            error.Message);
    }

    [Fact]
    public void Plan_BeyondAllNumbers_IsStillCounted()
    {
        var error = Assert.Throws<DeviceException>(() => MemoryPlan.Require(Small, [("a", long.MaxValue), ("b", long.MaxValue)], Advice));

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

    [Fact]
    public void Largest_IsTheLastThatFits()
    {
        static (string, long)[] Plan(int n) => [("a", 1_000), ("b", 30L * n)];

        Assert.Equal(133, MemoryPlan.Largest(Small, 1_000, Plan));
        Assert.Equal(100, MemoryPlan.Largest(Small, 100, Plan));
        Assert.Equal(0, MemoryPlan.Largest(Small with { MemoryBytes = 1_029 }, 100, Plan));
    }

    [Theory]
    [InlineData(100_000, null)]
    [InlineData(1L << 30, 200_000L)]
    public void Run_ThatDoesNotFit_IsToldABatchThatDoes(long memory, long? largest)
    {
        using SmallRuns runs = new(characters: 20_000);
        using FailingBackend backend = new(int.MaxValue) { Device = new("small", "one", "", memory, 1) { LargestBufferBytes = largest } };
        RunPlan Plan(int batch)
        {
            RunOptions options = runs.Options();
            options = options with { Training = options.Training with { Batch = batch } };
            using TrainingTask task = TaskCatalog.Open(options, run: null);
            return RunPlanner.Plan(backend, options, task, steps: 1);
        }

        string message = Assert.Throws<DeviceException>(() => RunPlanner.RequireMemory(Plan(batch: 1_000), "--bptt")).Message;

        Assert.StartsWith("the plan does not fit 'small: one': ", message, StringComparison.Ordinal);
        Assert.Matches("; largest buffers: '[a-z ]+' [0-9,]+, '[a-z ]+' [0-9,]+, '[a-z ]+' [0-9,]+; ", message);
        Assert.True(message.EndsWith(" fits", StringComparison.Ordinal), message);
        int fits = int.Parse(message.Split("--batch ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        RunPlanner.RequireMemory(Plan(fits), "--bptt");
        Assert.Throws<DeviceException>(() => RunPlanner.RequireMemory(Plan(fits + 1), "--bptt"));
    }

    [Theory]
    [InlineData("char-lm", "--bptt")]
    [InlineData("classify", "--max-length")]
    [InlineData("forecast", "--window")]
    public void Run_OfWhichNoBatchFits_IsToldASettingOfItsTask(string task, string setting)
    {
        using SmallRuns runs = new();
        using SmallSeries series = new();
        RunOptions options = task switch
        {
            "classify" => LabelFiles.Classify(LabelFiles.Parity(runs, "bits.csv", 30, longest: 6, seed: 1)),
            "forecast" => series.Options(steps: 1),
            _ => runs.Options(),
        };
        using FailingBackend backend = new(int.MaxValue) { Device = new("tiny", "one", "", 1000, 1) };
        using TrainingTask opened = TaskCatalog.Open(options, run: null);
        RunPlan plan = RunPlanner.Plan(backend, options, opened, steps: 1);

        string message = Assert.Throws<DeviceException>(() => RunPlanner.RequireMemory(plan, opened.MemorySetting)).Message;

        Assert.EndsWith($"no batch fits: use a smaller --hidden or {setting}", message, StringComparison.Ordinal);
    }

    private static string Advice() => "go away";
}
