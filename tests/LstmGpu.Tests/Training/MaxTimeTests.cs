using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

public sealed class MaxTimeTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("0.25s", 0.25)]
    [InlineData("15m", 900)]
    [InlineData("1.5h", 5400)]
    [InlineData("1:30:00", 5400)]
    [InlineData("0:00:07", 7)]
    [InlineData("100:00:00", 360_000)]
    public void Duration_IsReadAsWritten(string text, double seconds) => Assert.Equal(seconds, Duration.Parse("--max-time", text).TotalSeconds);

    [Theory]
    [InlineData("90")]
    [InlineData("0s")]
    [InlineData("-5s")]
    [InlineData("1,5h")]
    [InlineData("1:30")]
    [InlineData("1:60:00")]
    [InlineData("90 s")]
    [InlineData("999999999h")]
    [InlineData("s")]
    [InlineData("90s\n")]
    [InlineData("٣s")]
    public void Duration_InAnotherForm_IsRefused(string text)
    {
        string message = Assert.Throws<ConfigurationException>(() => Duration.Parse("--max-time", text)).Message;
        Assert.Equal($"--max-time is '{text}', expected a time above zero such as 90s, 15m, 2h or 1:30:00", message);
    }

    [Fact]
    public void ARunOutOfTime_IsDoneAndEvaluated_AndResumesBitForBit()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 1_000_000_000, MaxTime = "0.3s", EvalEvery = 0, SaveEvery = 0 });
        TrainingResult result = runs.Train("parts", options);

        Assert.Equal((false, true), (result.Interrupted, result.OutOfTime));
        Assert.NotNull(result.Validation);
        Assert.InRange(result.Elapsed.TotalSeconds, 0.3, 30);
        Assert.InRange(result.Step, 1, 999_999_999);
        Assert.Equal(result.Step, runs.Checkpoints("parts").Steps()[^1]);

        long steps = result.Step + 5;
        runs.Train("whole", options with { Training = options.Training with { Steps = steps, MaxTime = null } });
        using (TrainingRun run = TrainingRun.Resume(runs.At("parts"), new ResumeOptions(Steps: steps, MaxTime: ResumeOptions.NoMaxTime)))
        {
            Assert.False(run.Run().OutOfTime);
            Assert.Null(run.Options.Training.MaxTime);
        }
        ResumeTests.AssertSameResults(runs, "whole", "parts");
    }

    [Fact]
    public void Resume_HasAsMuchTimeAgain_AndMakesAStepAtLeast()
    {
        using SmallRuns runs = new();
        long first = runs.Train("run", runs.Options(training: new() { Steps = 1_000_000_000, MaxTime = "0.000001s", EvalEvery = 0, SaveEvery = 0 })).Step;
        Assert.Equal((1, 2), (first, runs.Resume("run").Step));
    }

    [Fact]
    public void Train_SaysSo_AndTheExitCodeIsZero()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 1_000_000 }), interruptAt: 1);

        (int code, string output, _) = Shell.Run("resume", runs.At("run"), "--max-time", "0.01s", "--device", "cpu");

        Assert.Equal(0, code);
        Assert.Contains("ended early      --max-time is over; continue with: lstmgpu resume", output, StringComparison.Ordinal);
        Assert.Contains("validation loss", output, StringComparison.Ordinal);
    }
}
