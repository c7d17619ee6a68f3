using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using Xunit;

namespace LstmGpu.Tests.Training;

public sealed class OverfitBatchTests
{
    [Fact]
    public void EveryStep_TrainsOnTheFirstBatch()
    {
        using SmallRuns runs = new();
        TrainingOptions still = new() { Optimizer = "sgd", LearningRate = 1e-30, Steps = 20, EvalEvery = 2 };
        runs.Train("usual", runs.Options(training: still with { Steps = 1 }));
        runs.Train("overfit", runs.Options(training: still with { OverfitBatch = true }));

        double first = runs.Rows("usual")[0].GetProperty("loss").GetDouble();
        Assert.Equal(20, runs.Rows("overfit").Count);
        Assert.All(runs.Rows("overfit"), row =>
        {
            Assert.Equal("train", row.GetProperty("split").GetString());
            Assert.Equal((0, first), (row.GetProperty("epoch").GetInt64(), row.GetProperty("loss").GetDouble()));
        });
    }

    [Fact]
    public void AModelThatIsSetUpWell_LearnsItByHeart()
    {
        using SmallRuns runs = new();
        TrainingResult result = runs.Train("run", runs.Options(new() { Embedding = 8, Hidden = 16 }, new() { LearningRate = 0.03, Steps = 300, OverfitBatch = true, LogEvery = 100 }));

        Assert.InRange(result.TrainingLoss, 0, 0.05);
        Assert.Null(result.Validation);
        Assert.DoesNotContain(runs.Rows("run"), row => row.GetProperty("split").ValueEquals("validation"));
    }

    [Fact]
    public void Train_SaysSo()
    {
        using SmallRuns runs = new();
        (int code, string output, string error) = Shell.Run(
            "train", "--data", runs.Corpus, "--out", runs.At("run"), "--batch", "3", "--bptt", "5", "--hidden", "6", "--steps", "2", "--overfit-batch", "--device", "cpu");

        Assert.Equal(0, code);
        Assert.Contains("\noverfit batch: every step trains on the first batch, nothing is evaluated\n", error, StringComparison.Ordinal);
        Assert.Contains("\noverfit batch    every step was on the first batch", output, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDecidesByEvaluations_IsRefused()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { OverfitBatch = true, Patience = 2 });
        string message = Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message;
        Assert.Contains("--patience decides by evaluations, and --overfit-batch makes none", message, StringComparison.Ordinal);
    }
}
