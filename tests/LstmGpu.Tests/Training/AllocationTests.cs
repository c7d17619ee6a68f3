using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Layers;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Tests here watch the memory of the whole process, so they run while no other test does.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public sealed class AllocationCollection;

[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int StepsInWindow = 1;

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["lstm"] = new() { Embedding = 24, Dropout = 0.2, OutputDropout = 0.1 },
        ["one-hot lstm"] = new() { Embedding = 0, Dropout = 0.2, OutputDropout = 0.1 },
        ["gru"] = new() { Cell = "gru", Embedding = 24, Zoneout = 0.1, WeightDrop = 0.3 },
        ["lstm with much"] = Models.Everything with { Embedding = 24, Projection = 24 },
    };

    public static TheoryData<string, string, string> Cases => new()
    {
        { "cpu", "adam", "one-hot lstm" }, { "cpu", "adam", "lstm" }, { "cpu", "sgd", "lstm" }, { "cpu", "adamw", "lstm" }, { "cpu", "rmsprop", "lstm" }, { "cpu", "adagrad", "lstm" }, { "cpu", "asgd", "lstm" }, { "cpu", "adam", "gru" }, { "cpu", "adam", "lstm with much" },
        { "opencl", "adam", "lstm" }, { "opencl", "sgd", "one-hot lstm" }, { "opencl", "adam", "gru" }, { "opencl", "adam", "lstm with much" },
    };

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Step_AfterWarmUp_AllocatesNothingOnAnyThread(string device, string optimizer, string network)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = new(characters: 4000);
        using Trained trained = new(runs, device, optimizer, Networks[network]);
        trained.Advance(100);
        // All threads, by the least of some windows: the JIT, which replaces methods by faster ones for a while,
        // and the test runner, which reports now and then, allocate on threads of their own. A window is one step: short beside their periods.
        List<long> windows = new(capacity: 500); // a list that grew would count
        do
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            trained.Advance(StepsInWindow);
            windows.Add(GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        while (windows[^1] > 0 && windows.Count < windows.Capacity);
        Assert.True(windows[^1] == 0, $"windows of {StepsInWindow} step allocated {string.Join(", ", windows)} bytes, expected a window with none");
    }

    [SkippableFact]
    public void TwoThousandSteps_LeaveTheResidentSizeFlat()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/proc/PID/statm is Linux's");
        using SmallRuns runs = new(characters: 4000);
        // A process of its own: this one holds what the tests before have left, and clears it away meanwhile.
        using CliProcess process = CliProcess.Start(
            "train", "--data", runs.Corpus, "--out", runs.At("run"), "--batch", "16", "--bptt", "16", "--hidden", "32", "--steps", "100000000",
            "--log-every", "500", "--eval-every", "0", "--save-every", "0", "--threads", "2");
        // Of a step's 130 kB of gates, 2,000 would be 260 MB. What is lost grows in every window; the runtime, which compiles and collects now and then, not.
        const long Breath = 2 << 20;
        List<long> growths = [];
        long resident = ResidentAt(2000);
        do
        {
            long before = resident;
            resident = ResidentAt(4000 + 2000 * growths.Count);
            growths.Add(resident - before);
        }
        while (growths[^1] >= Breath && growths.Count < 10);
        Assert.True(growths[^1] < Breath, $"each 2,000 steps grew the resident size by {string.Join(", ", growths)} bytes, expected less than {Breath:N0} of one of them");

        long ResidentAt(int step)
        {
            process.WaitUntil(() => process.ErrorSoFar.Contains($"step {step}/", StringComparison.Ordinal));
            Assert.False(process.HasEnded);
            return process.ResidentBytes();
        }
    }

    private sealed class Trained : IDisposable
    {
        private readonly IBackend backend;
        private readonly TrainingTask task;
        private readonly Trainer trainer;

        public Trained(SmallRuns runs, string device, string optimizer, ModelOptions network)
        {
            backend = DeviceCatalog.Open(new DeviceOptions { Name = device, Threads = 2 });
            RunOptions options = runs.Options(
                network with { Hidden = 65, Layers = 2 },
                new() { Optimizer = optimizer, Momentum = 0.9, ClipNorm = 0.5, ClipValue = 0.1, Accumulate = optimizer == "asgd" ? 2 : 1 });
            options = options with { Training = options.Training with { Batch = 9, Bptt = 17 } };
            // Some 26 windows: an epoch ends in every window of steps that is measured.
            task = TaskCatalog.Open(options with { Data = options.Data with { ValidationFraction = 0 } }, run: null);
            trainer = new Trainer(backend, options, task.Open(backend), steps: 10_000);
            trainer.Allocate();
            trainer.Network.Initialise(seed: 1);
            trainer.StartAt(0);
        }

        public void Advance(int steps)
        {
            for (int n = 0; n < steps; n++)
            {
                trainer.Advance();
            }
        }

        public void Dispose()
        {
            trainer.Dispose();
            task.Dispose();
            backend.Dispose();
        }
    }
}
