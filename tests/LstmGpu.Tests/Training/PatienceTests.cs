using System.Globalization;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Early stopping: the run ends when evaluations bring no new best, and a resumed run counts as one that was never stopped.</summary>
public sealed class PatienceTests
{
    // A rate so high that the loss rises after the first evaluations.
    private static TrainingOptions Rising(int patience) =>
        new() { Optimizer = "sgd", LearningRate = 60, Steps = 40, EvalEvery = 1, SaveEvery = 3, Patience = patience };

    [Fact]
    public void Training_EndsAfterThatManyEvaluationsWithoutANewBest()
    {
        using SmallRuns runs = new();
        TrainingResult result = runs.Train("run", runs.Options(training: Rising(3)));

        TrainingState state = Checkpoint.ReadState(runs.Checkpoints("run").Last()!);
        Assert.True(result.OutOfPatience);
        Assert.False(result.Interrupted);
        Assert.Equal((result.Step, 3), (state.Step, state.SinceBest));
        Assert.Equal(result.Step, state.BestStep + 3);
        Assert.NotNull(result.Validation);
        Assert.Equal(Path.GetFileName(runs.Checkpoints("run").Best()), string.Create(CultureInfo.InvariantCulture, $"step-{state.BestStep}"));
    }

    [Fact]
    public void Resume_AfterAnyStep_EndsWhereTheUninterruptedRunEnds()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: Rising(3));
        long end = runs.Train("whole", options).Step;
        Assert.InRange(end, 4, 30);
        for (long k = 1; k <= end; k++)
        {
            runs.Train($"{k}", options, interruptAt: k);
            TrainingResult result = runs.Resume($"{k}");
            Assert.True(result.OutOfPatience);
            ResumeTests.AssertSameResults(runs, "whole", $"{k}");
        }
    }

    [Fact]
    public void Resume_ContinuesOnlyWithMorePatience()
    {
        using SmallRuns runs = new();
        long end = runs.Train("run", runs.Options(training: Rising(2))).Step;
        long longer = runs.Train("longer", runs.Options(training: Rising(4))).Step;

        Assert.Equal(end, runs.Resume("run").Step);
        Assert.Equal(end, runs.Resume("run", 50).Step); // the steps were not what ended it
        using (TrainingRun run = TrainingRun.Resume(runs.At("run"), new ResumeOptions(Steps: 40, Patience: 4)))
        {
            Assert.Equal(longer, run.Run().Step);
        }
        ResumeTests.AssertSameResults(runs, "longer", "run");
    }

    [Fact]
    public void Train_ThatEndsEarly_IsDone_AndSaysSo()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: Rising(2)));

        (int code, string output, _) = Shell.Run("resume", runs.At("run"), "--device", "cpu");

        Assert.Equal(0, code);
        Assert.Contains("ended early      no new best in --patience evaluations; continue with: lstmgpu resume", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_WithoutEvaluations_IsRefused()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: Rising(2) with { EvalEvery = 0 });
        Assert.Contains("--patience decides by evaluations", Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }
}
