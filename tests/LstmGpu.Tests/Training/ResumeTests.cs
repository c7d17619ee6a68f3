using System.Text;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Layers;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>N steps at once, and k steps, a stop and the rest, leave the same bytes.</summary>
public sealed class ResumeTests
{
    private const int Steps = 12;

    private static readonly Dictionary<string, (ModelOptions Model, TrainingOptions Training)> Runs = new()
    {
        ["adam, 2 layers, dropout, cosine"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3, OutputDropout = 0.2 },
            new() { Optimizer = "adam", Schedule = "cosine", ScheduleSteps = Steps, WarmupSteps = 3, ClipNorm = 0.5 }),
        ["adamw, one-hot input"] = (
            new() { Embedding = 0, Hidden = 7, Layers = 1, ForgetBias = 1 },
            new() { Optimizer = "adamw", WeightDecay = 0.1, ClipValue = 0.01 }),
        ["sgd with momentum, linear"] = (
            new() { Embedding = 3, Hidden = 5, Layers = 1, OutputDropout = 0.1 },
            new() { Optimizer = "sgd", LearningRate = 0.5, Momentum = 0.9, WeightDecay = 1e-3, Schedule = "linear", ScheduleSteps = 20 }),
        ["sgd with Nesterov's momentum"] = (
            new() { Embedding = 3, Hidden = 5, Layers = 1 },
            new() { Optimizer = "sgd", LearningRate = 0.2, Momentum = 0.9, Nesterov = true }),
        ["rmsprop with momentum"] = (
            new() { Embedding = 3, Hidden = 5, Layers = 1, OutputDropout = 0.1 },
            new() { Optimizer = "rmsprop", LearningRate = 1e-3, Momentum = 0.5, WeightDecay = 1e-3 }),
        ["adagrad with decay"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 1 },
            new() { Optimizer = "adagrad", LearningRate = 0.02, LearningRateDecay = 0.1 }),
        ["asgd, averaging from update 5"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 1, OutputDropout = 0.1 },
            new() { Optimizer = "asgd", LearningRate = 0.5, Lambda = 0.01, T0 = 4, WeightDecay = 1e-3 }),
        // A rate so high that evaluations get worse: the trigger comes in the middle of the run.
        ["nt-asgd"] = (new() { Embedding = 4, Hidden = 6, Layers = 1 }, new() { Optimizer = "asgd", LearningRate = 60, NonMonotone = 1, EvalEvery = 1 }),
        ["three batches of an update, dropout"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3 },
            new() { Optimizer = "adam", Accumulate = 3, ClipNorm = 0.5 }),
        ["overfitting a batch, dropout"] = (new() { Embedding = 4, Hidden = 6, Layers = 1, OutputDropout = 0.3 }, new() { Accumulate = 2, OverfitBatch = true }),
        ["step schedule"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 1 },
            new() { Schedule = "step", Gamma = 0.5, GammaSteps = 5, WarmupSteps = 3 }),
        ["one-cycle schedule"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 1 },
            new() { Schedule = "one-cycle", ScheduleSteps = Steps }),
        // A rate too small to improve the loss by 1e-4 of itself: the evaluation of step 8 cuts it.
        ["plateau schedule"] = (
            new() { Embedding = 4, Hidden = 6, Layers = 1 },
            new() { Optimizer = "sgd", LearningRate = 1e-6, Schedule = "plateau", PlateauPatience = 0 }),
        ["plain sgd, 2 layers, one-hot input"] = (
            new() { Embedding = 0, Hidden = 5, Layers = 2, Dropout = 0.5 },
            new() { Optimizer = "sgd", LearningRate = 1 }),
        ["gru, all that it has"] = (Models.RegularisedGru, new() { Optimizer = "adamw", ClipNorm = 0.5 }),
        ["gru, reset before"] = (
            new() { Cell = "gru-reset-before", Embedding = 4, Hidden = 6, Layers = 2, Zoneout = 0.2, WeightDrop = 0.3 },
            new() { Optimizer = "adam" }),
        ["rnn"] = (new() { Cell = "rnn", Embedding = 0, Hidden = 6, Layers = 2, HiddenDropout = 0.2, WeightDrop = 0.3 }, new() { Optimizer = "adam" }),
        ["rnn with relu"] = (new() { Cell = "rnn-relu", Embedding = 4, Hidden = 6, InputDropout = 0.2, Zoneout = 0.2 }, new() { Optimizer = "sgd" }),
        ["lstm, all that goes together"] = (Models.Everything, new() { Optimizer = "adam", Schedule = "cosine", ScheduleSteps = Steps, ClipNorm = 0.5 }),
        ["coupled lstm"] = (new() { Embedding = 4, Hidden = 6, Coupled = true, ZoneoutCell = 0.3 }, new() { Optimizer = "adam" }),
    };

    public static TheoryData<string> Names => [.. Runs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Resume_AfterAnyStep_FollowsTheUninterruptedRun(string name)
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf(name, runs);
        runs.Train("whole", options);
        // 4 and 8 are evaluated, 3, 6 and 9 are saved, 9 ends the epoch.
        foreach (int k in (int[])[1, 4, 5, 6, SmallRuns.WindowsPerEpoch, SmallRuns.WindowsPerEpoch + 1, Steps - 1])
        {
            runs.Train($"finished at {k}", options with { Training = options.Training with { Steps = k } });
            Assert.Equal(k, runs.Checkpoints($"finished at {k}").Steps()[^1]);
            Assert.Equal(Steps, runs.Resume($"finished at {k}", Steps).Step);
            AssertSameResults(runs, "whole", $"finished at {k}");

            Assert.True(runs.Train($"interrupted at {k}", options, interruptAt: k).Interrupted);
            Assert.Equal(k, runs.Checkpoints($"interrupted at {k}").Steps()[^1]);
            Assert.False(runs.Resume($"interrupted at {k}").Interrupted);
            AssertSameResults(runs, "whole", $"interrupted at {k}");
        }
    }

    [Fact]
    public void Resume_AfterEveryStep_FollowsTheUninterruptedRun()
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf("adam, 2 layers, dropout, cosine", runs);
        runs.Train("whole", options);

        runs.Train("stuttering", options, interruptAt: 1);
        for (int step = 2; step <= Steps; step++)
        {
            runs.Resume("stuttering", interruptAt: step);
        }

        runs.Resume("stuttering");
        AssertSameResults(runs, "whole", "stuttering");
    }

    [Fact]
    public void Resume_AfterTheBestEvaluation_RemembersIt()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { LearningRate = 0.01, Steps = 4, EvalEvery = 1, Keep = "last:2" });
        foreach (string name in (string[])["whole", "parts"])
        {
            runs.Train(name, options);
            // From here the rate is far too high: the loss rises, and one of the first evaluations stays the best.
            string config = Path.Combine(runs.At(name), "config.json");
            File.WriteAllText(config, File.ReadAllText(config).Replace("\"learning_rate\": 0.01", "\"learning_rate\": 5", StringComparison.Ordinal));
        }
        runs.Resume("whole", Steps);
        string? best = Path.GetFileName(runs.Checkpoints("whole").Best());
        Assert.Equal("step-4", best);

        runs.Resume("parts", Steps, interruptAt: 8);
        runs.Resume("parts");

        AssertSameResults(runs, "whole", "parts");
        Assert.Equal(best, Path.GetFileName(runs.Checkpoints("parts").Best()));
    }

    [Fact]
    public void Resume_OfAFinishedRun_ChangesNothing()
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf("adamw, one-hot input", runs);
        options = options with { Training = options.Training with { Steps = 7 } };
        runs.Train("once", options);
        runs.Train("twice", options);

        runs.Resume("twice");

        AssertSameResults(runs, "once", "twice");
        Assert.Equal(runs.Checkpoints("once").Steps(), runs.Checkpoints("twice").Steps());
        Assert.Equal(Path.GetFileName(runs.Checkpoints("once").Best()), Path.GetFileName(runs.Checkpoints("twice").Best()));
    }

    [Fact]
    public void Resume_FromAnEarlierCheckpointAfterACrash_FollowsTheUninterruptedRun()
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf("sgd with momentum, linear", runs);
        runs.Train("whole", options);
        // What a power failure after step 11 leaves: lines that no checkpoint knows, the last one torn.
        runs.Train("crashed", options with { Training = options.Training with { Steps = 9 } });
        File.AppendAllText(Path.Combine(runs.At("crashed"), "metrics.jsonl"), "{\"step\":10,\"epoch\":1,\"split\":\"train\",\"loss\":9}\n{\"step\":1");
        File.AppendAllText(Path.Combine(runs.At("crashed"), "performance.jsonl"), "{\"step\":10}\n{\"st");

        runs.Resume("crashed", Steps);

        AssertSameResults(runs, "whole", "crashed");
    }

    [Fact]
    public void Resume_InANewProcess_FollowsTheUninterruptedRun()
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf("adam, 2 layers, dropout, cosine", runs);
        runs.Train("whole", options);
        runs.Train("parts", options, interruptAt: 5);

        (int code, string output, string error) = CliProcess.Run("resume", runs.At("parts"), "--threads", "1");

        Assert.True(code == 0, $"exit code {code}: {output}{error}");
        AssertSameResults(runs, "whole", "parts");
    }

    [Fact]
    public void Training_OnOneTwoOrThreeThreads_LeavesTheSameBytes()
    {
        using SmallRuns runs = new(characters: 2000);
        // Wide enough that every operation is shared among the threads.
        RunOptions options = runs.Options(
            new() { Embedding = 24, Hidden = 65, Layers = 2, Dropout = 0.2 }, new() { Steps = 4, EvalEvery = 2, Optimizer = "adamw" });
        options = options with { Training = options.Training with { Batch = 17, Bptt = 31 } };
        foreach (int threads in (int[])[1, 2, 3])
        {
            runs.Train($"{threads}", options with { Device = options.Device with { Threads = threads } });
        }

        AssertSameResults(runs, "1", "2");
        AssertSameResults(runs, "1", "3");
    }

    [Theory]
    [InlineData("adam, 2 layers, dropout, cosine")]
    [InlineData("gru, all that it has")]
    [InlineData("lstm, all that goes together")]
    public void Evaluation_InTheMiddleOfTraining_LeavesTrainingAlone(string name)
    {
        using SmallRuns runs = new();
        RunOptions options = OptionsOf(name, runs);
        runs.Train("never", options with { Training = options.Training with { EvalEvery = 0 } });
        runs.Train("always", options with { Training = options.Training with { EvalEvery = 1 } });

        Assert.Equal(TrainingLines("never"), TrainingLines("always"));
        Assert.Equal(Steps, Encoding.UTF8.GetString(runs.Metrics("always")).Split('\n').Count(line => line.Contains("\"validation\"", StringComparison.Ordinal)));
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"])
        {
            Assert.Equal(File.ReadAllBytes(runs.LastFile("never", file)), File.ReadAllBytes(runs.LastFile("always", file)));
        }

        IEnumerable<string> TrainingLines(string run) =>
            Encoding.UTF8.GetString(runs.Metrics(run)).Split('\n').Where(line => line.Contains("\"train\"", StringComparison.Ordinal));
    }

    internal static void AssertSameResults(SmallRuns runs, string expected, string actual)
    {
        foreach (((string name, byte[] bytes), (string otherName, byte[] otherBytes)) in runs.Results(expected).Zip(runs.Results(actual)))
        {
            Assert.Equal(name, otherName);
            if (!bytes.AsSpan().SequenceEqual(otherBytes))
            {
                int at = bytes.AsSpan().CommonPrefixLength(otherBytes);
                string excerpt = name.EndsWith("safetensors", StringComparison.Ordinal) ? "" : $"\n{Encoding.UTF8.GetString(bytes)}\n{Encoding.UTF8.GetString(otherBytes)}";
                Assert.Fail($"{name} of '{expected}' ({bytes.Length} bytes) and '{actual}' ({otherBytes.Length} bytes) differ from byte {at}{excerpt}");
            }
        }
    }

    private static RunOptions OptionsOf(string name, SmallRuns runs)
    {
        (ModelOptions model, TrainingOptions training) = Runs[name];
        return runs.Options(model, training with { Steps = Steps, EvalEvery = training.EvalEvery == 1 ? 1 : 4, SaveEvery = 3, Keep = "last:2" });
    }
}
