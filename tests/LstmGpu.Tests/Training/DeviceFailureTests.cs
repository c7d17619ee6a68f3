using LstmGpu.Devices.Portable;
using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Devices.Portable;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>A device that is lost in the middle of a run.</summary>
public sealed class DeviceFailureTests
{
    [Fact]
    public void DeviceThatFailsAtAnyOperation_EndsTheRun_AndTheLastCheckpointContinuesToTheSameBytes()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 6, SaveEvery = 2, EvalEvery = 3 });
        using FailingBackend whole = new(int.MaxValue);
        using (TrainingRun run = TrainingRun.Create(options, runs.At("whole"), _ => whole))
        {
            run.Run();
        }
        int resumed = 0;
        // A stride that hits operations of every kind, also those of an evaluation and of a checkpoint.
        for (int operations = 20; operations < whole.Operations; operations += 13)
        {
            string name = FormattableString.Invariant($"run{operations}");
            FailingBackend backend = new(operations);
            TrainingRun run = TrainingRun.Create(options, runs.At(name), _ => backend);

            DeviceException error = Assert.Throws<DeviceException>(() => run.Run());
            run.Dispose();

            Assert.True(backend.Disposed);
            Assert.Equal(4, LstmGpu.Cli.ExitCode.Of(error));
            Assert.Contains($"operation {operations + 1} found no device", error.Message, StringComparison.Ordinal);
            if (runs.Checkpoints(name).Last() is { } last)
            {
                Assert.Matches("^device 'frail' \\(a test's device\\) failed after step [0-9]: ", error.Message);
                Assert.EndsWith($"'{last}' is the last checkpoint: `lstmgpu resume {runs.At(name)}` continues from it", error.Message, StringComparison.Ordinal);
                CheckpointStore.Verify(last);
                SetDevice(runs, name);
                runs.Resume(name);
                Assert.Equal(runs.Results("whole").Select(r => r.Bytes), runs.Results(name).Select(r => r.Bytes));
                resumed++;
            }
        }
        Assert.InRange(resumed, 3, 100);
    }

    [SkippableFact]
    public void OpenClDeviceThatIsLost_EndsTheRun_AndTheLastCheckpointContinuesToTheSameBytes()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 4, SaveEvery = 1, EvalEvery = 0 }, validation: 0);
        FailingQueue whole = new(QueueUnderTest.Open("opencl"), int.MaxValue);
        using (TrainingRun run = TrainingRun.Create(options, runs.At("whole"), _ => new KernelBackend(whole)))
        {
            run.Run();
        }
        int commands = whole.Commands * 3 / 4;
        FailingQueue queue = new(QueueUnderTest.Open("opencl"), commands);
        TrainingRun lost = TrainingRun.Create(options, runs.At("lost"), _ => new KernelBackend(queue));

        DeviceException error = Assert.Throws<DeviceException>(() => lost.Run());
        lost.Dispose();

        Assert.True(queue.Disposed);
        Assert.StartsWith("device 'opencl' (", error.Message, StringComparison.Ordinal);
        Assert.Contains($"command {commands + 1} found no device", error.Message, StringComparison.Ordinal);
        CheckpointStore.Verify(runs.Checkpoints("lost").Last()!);
        runs.Resume("lost");
        Assert.Equal(runs.Results("whole").Select(r => r.Bytes), runs.Results("lost").Select(r => r.Bytes));
    }

    // The failed device is none of the catalog.
    private static void SetDevice(SmallRuns runs, string name)
    {
        string config = Path.Combine(runs.At(name), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"frail\"", "\"cpu\"", StringComparison.Ordinal));
    }
}
