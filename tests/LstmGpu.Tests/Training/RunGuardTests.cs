using System.Text.Json.Nodes;
using LstmGpu.Tasks;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>What keeps a run directory and its settings sound.</summary>
public sealed class RunGuardTests
{
    [Fact]
    public void Training_ThatDivergesInItsLastStep_EndsAsDiverged_AndIsNotTheBest()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Optimizer = "sgd", LearningRate = 1e30, Steps = 1, EvalEvery = 0 });

        DivergedException error = Assert.Throws<DivergedException>(() => runs.Train("run", options));

        Assert.Contains("training diverged at step 1: validation loss", error.Message, StringComparison.Ordinal);
        Assert.Null(runs.Checkpoints("run").Best());
    }

    [Fact]
    public void ACheckpointThatTheNextStepDivergesFrom_IsTakenAway_AndTheGoodOneBeforeItIsStillThere()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Optimizer = "sgd", LearningRate = 1e-2, Steps = 20, SaveEvery = 1, EvalEvery = 0, Keep = "last:1" });
        runs.Train("run", options with { Training = options.Training with { Steps = 3 } });
        string path = Path.Combine(runs.At("run"), "config.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"learning_rate\": 0.01", "\"learning_rate\": 1E+30"));

        Assert.Throws<DivergedException>(() => runs.Resume("run", 20)); // step 4 leaves huge, finite parameters; step 5 shows it

        Assert.Equal([3], runs.Checkpoints("run").Steps());
        Assert.Equal("step-3", Path.GetFileName(runs.Checkpoints("run").Last()));
    }

    [Fact]
    public void Keep_HoldsAtTheEndOfARun()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 7, SaveEvery = 1, EvalEvery = 0, Keep = "last:2" }, validation: 0));
        Assert.Equal([6, 7], runs.Checkpoints("run").Steps());
    }

    [Theory]
    [InlineData("\"bptt\": 5", "\"bptt\": 4", "bptt 5")]
    [InlineData("\"learning_rate\": 0.004", "\"learning_rate\": -1", "training.learning_rate is -1, expected a number above 0")]
    [InlineData("\"optimizer\": \"adam\"", "\"optimizer\": \"foo\"", "training.optimizer is 'foo', expected one of sgd, adam, adamw, rmsprop, adagrad, asgd")]
    [InlineData("\"log_every\": 1", "\"log_every\": 0", "training.log_every is 0, expected a number of at least 1")]
    [InlineData("\"batch\": 3", "\"batch\": 0", "training.batch is 0, expected a number of at least 1")]
    public void Resume_WithASettingEditedOutOfItsRange_IsRefused(string found, string edited, string message)
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));
        string path = Path.Combine(runs.At("run"), "config.json");
        string text = File.ReadAllText(path);
        Assert.Contains(found, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(found, edited));

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => runs.Resume("run", 4));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ChecksRanges_WithoutTheCommandLine()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(model: new() { Hidden = 0 });
        Assert.Contains("model.hidden is 0", Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sgd", 0)]
    [InlineData("adam", 0.9)]
    public void Nesterov_WithoutTheMomentumOfSgd_IsRefused(string optimizer, double momentum)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Optimizer = optimizer, Momentum = momentum, Nesterov = true });
        string message = Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message;
        Assert.Contains(FormattableString.Invariant($"--nesterov is found with --optimizer {optimizer} and --momentum {momentum}, expected sgd"), message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASecondWriter_IsRefused()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));
        using (new RunDirectory(runs.At("run")).Hold())
        {
            DataException error = Assert.Throws<DataException>(() => runs.Resume("run", 4));
            Assert.Contains("another process trains in", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(4, runs.Resume("run", 4).Step);
    }

    [Fact]
    public void Resume_WithRowsOfMetricsMissing_IsRefused_AndWithoutTheFileGoesOn()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 4 }));
        string path = Path.Combine(runs.At("run"), "metrics.jsonl");
        File.WriteAllBytes(path, runs.Metrics("run")[..50]);

        Assert.Contains("restore it", Assert.Throws<DataException>(() => runs.Resume("run", 6)).Message, StringComparison.Ordinal);
        File.Delete(path);
        Assert.Equal(6, runs.Resume("run", 6).Step);
    }

    [Fact]
    public void Evaluate_OnATextThatHasChanged_IsRefused()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));
        File.AppendAllText(runs.Corpus, "the");
        using TrainedModel model = TrainedModel.Load(runs.At("run"), "last", new DeviceOptions());
        Assert.Contains("has changed since the training", Assert.Throws<DataException>(() => model.Evaluate()).Message, StringComparison.Ordinal);
        Assert.True(model.Evaluate(runs.Corpus).Tokens > 100);
    }

    [Fact]
    public void Threads_BeyondAnyUse_AreRefused()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(threads: 1024);
        Assert.Contains("--threads is 1024, expected at most", Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BenchmarkShapes_BeyondAnyMemory_AreRefused()
    {
        Assert.Throws<ConfigurationException>(() => LstmBenchmark.Run(new(1, 1, 1, int.MaxValue, 1), new DeviceOptions()));
        Assert.Throws<ConfigurationException>(() => LstmBenchmark.Run(new(65536, 65536, 1, 1, 1), new DeviceOptions()));
        Assert.Throws<DeviceException>(() => LstmBenchmark.Run(new(1000, 1000, 1000, 65536, 1), new DeviceOptions()));
    }

    [Fact]
    public void Environment_RecordsTheDeviceAndItsDriver()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 1 }));

        JsonNode device = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("run"), "environment.json")))!["device"]!;

        Assert.Equal(("cpu", "host"), ((string?)device["name"], (string?)device["platform"]));
        Assert.StartsWith(".NET ", (string?)device["driver"], StringComparison.Ordinal);
    }
}
