using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>Ctrl-C, sent to a real process.</summary>
public sealed class InterruptionTests
{
    private const string NoKill = "kill -INT is Unix's";

    [SkippableFact]
    public void CtrlC_SavesAndExitsWith130_AndResumeFollowsTheUninterruptedRun()
    {
        Skip.If(OperatingSystem.IsWindows(), NoKill);
        using SmallRuns runs = new();
        using CliProcess process = CliProcess.Start(
            "train", "--data", runs.Corpus, "--out", runs.At("interrupted"), "--batch", "3", "--bptt", "5", "--hidden", "6", "--layers", "2", "--dropout", "0.3",
            "--steps", "100000000", "--log-every", "1", "--eval-every", "7", "--save-every", "0", "--threads", "1");
        process.WaitUntil(() => process.ErrorSoFar.Contains("step 30/", StringComparison.Ordinal));

        process.Interrupt();
        (int code, string output, string error) = process.Wait();

        Assert.True(code == 130, $"exit code {code}: {error}");
        Assert.Equal("", output);
        Assert.Contains("lstmgpu: stopping; press Ctrl-C again to stop at once\n", error, StringComparison.Ordinal);
        Assert.Contains($"the checkpoint is saved; continue with: lstmgpu resume {runs.At("interrupted")}\n", error, StringComparison.Ordinal);
        CheckpointStore store = runs.Checkpoints("interrupted");
        CheckpointStore.Verify(store.Last()!);
        long steps = store.Steps()[^1] + 3;
        RunOptions options = new RunDirectory(runs.At("interrupted")).ReadOptions();
        runs.Train("whole", options with { Training = options.Training with { Steps = steps } });
        runs.Resume("interrupted", steps);
        ResumeTests.AssertSameResults(runs, "whole", "interrupted");
    }

    [SkippableFact]
    public void CtrlC_Twice_ExitsAtOnceAndLeavesThePreviousCheckpoint()
    {
        Skip.If(OperatingSystem.IsWindows(), NoKill);
        using SmallRuns runs = new(characters: 60_000);
        // A step of some 2·10¹¹ operations: a second or more on any core, and the two signals are 0.15 s apart.
        using CliProcess process = CliProcess.Start(
            "train", "--data", runs.Corpus, "--out", runs.At("run"), "--batch", "8", "--bptt", "1024", "--hidden", "1024", "--embedding", "8",
            "--validation-fraction", "0", "--steps", "1000", "--save-every", "2", "--log-every", "1", "--threads", "1");
        process.WaitUntil(() => process.ErrorSoFar.Contains("step 3/", StringComparison.Ordinal));

        process.Interrupt();
        process.WaitUntil(() => process.ErrorSoFar.Contains("press Ctrl-C again", StringComparison.Ordinal));
        Thread.Sleep(150); // what comes within 100 ms is one Ctrl-C
        process.Interrupt();
        (int code, _, string error) = process.Wait();

        Assert.True(code == 130, $"exit code {code}: {error}");
        Assert.DoesNotContain("step 4/", error, StringComparison.Ordinal);
        Assert.DoesNotContain("the checkpoint is saved", error, StringComparison.Ordinal);
        string last = runs.Checkpoints("run").Last()!;
        CheckpointStore.Verify(last);
        Assert.Equal([2], runs.Checkpoints("run").Steps());
        Assert.Equal(2, runs.Resume("run", 2).Step); // it loads, and another step would take as long as the first
    }
}
