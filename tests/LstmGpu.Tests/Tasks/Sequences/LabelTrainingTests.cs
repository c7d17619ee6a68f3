using System.Text.Json.Nodes;
using LstmGpu.Tasks;
using LstmGpu.Tasks.Sequences;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Sequences;

/// <summary>The tasks that learn labels, from a file to a saved model that is right, on every device that is fast enough.</summary>
public sealed class LabelTrainingTests
{
    public static TheoryData<string> Devices => [.. DeviceUnderTest.Names.Where(name => name != "emulator")];

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Classifier_LearnsParityUpToLength20_OfStringsNeverSeen(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = new();
        string data = LabelFiles.Parity(runs, "parity.csv", 4000, longest: 20, seed: 1), test = LabelFiles.Parity(runs, "test.csv", 1000, longest: 20, seed: 2);
        RunOptions options = LabelFiles.Classify(data, device);

        runs.Train("run", options with { Data = options.Data with { HoldOut = "file:" + test }, Training = options.Training with { Steps = 1000 } });

        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "best", options.Device);
        LabelEvaluation found = model.Evaluate();
        Assert.Equal((test, 1000), (found.Data, found.Sequences));
        Assert.Equal(1, found.Accuracy);
        Assert.Equal(["odd", "even", "odd"], model.Predict(["00100", "11", "10101"]).Select(prediction => model.Labels[prediction.Ranked.First()]));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Tagger_LearnsLabelsThatHangOnBothNeighbours(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = new();
        RunOptions options = LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 300, seed: 1), device);

        runs.Train("run", options with { Data = options.Data with { HoldOut = "every:5" }, Training = options.Training with { Epochs = 12 } });

        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "best", options.Device);
        LabelEvaluation found = model.Evaluate();
        Assert.True(found.Accuracy > 0.98, $"accuracy {found.Accuracy}");
        Assert.Equal(60, found.Sequences);
        Assert.Equal(found.Count, found.Confusion.Sum(row => row.Sum()));
        string[] labels = [.. model.Tag([["x", "y", "y", "z"]])[0].Select(prediction => model.Labels[prediction.Ranked.First()])];
        Assert.Equal(["O", "B", "E", "O"], labels);
    }

    [Fact]
    public void Classifier_LearnsSeries_WhateverTheirLength()
    {
        using SmallRuns runs = new();
        Random random = new(3);
        IEnumerable<string> cases = Enumerable.Range(0, 200).Select(n =>
        {
            double slope = n % 2 == 0 ? 0.3 : -0.3;
            int length = 3 + random.Next(6);
            string Row(double s) => string.Join(',', Enumerable.Range(0, length).Select(t => FormattableString.Invariant($"{s * t + random.NextDouble():F3}")));
            return $"{Row(0)}:{Row(slope)}:{(n % 2 == 0 ? "up" : "down")}";
        });
        string data = runs.At("slopes.ts");
        File.WriteAllText(data, "@dimensions 2\n@equalLength false\n@classLabel true up down\n@data\n" + string.Join('\n', cases));
        RunOptions options = LabelFiles.Classify(data);

        runs.Train("run", options with { Data = new() { Path = data, HoldOut = "last:0.2" }, Model = new() { Hidden = 8, Pooling = "mean" }, Training = options.Training with { Epochs = 20 } });

        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "best", options.Device);
        Assert.Equal((40, true), (model.Evaluate().Sequences, model.Evaluate().Accuracy > 0.95));
        Assert.Equal(["down", "up"], model.Labels);
        Assert.Equal(0, model.Options.Model.Embedding);
        string other = runs.At("other.ts"), table = runs.At("table.csv");
        File.WriteAllText(other, "@classLabel true left right\n@data\n0,0,0,0,0:0.5,1,1.2,1.7,2:left\n0,0:0.5,-2:right\n"); // its labels are of no interest
        (int code, string output, string error) = Shell.Run("predict", runs.At("run"), other, "--top", "1");
        Assert.True(code == 0, error);
        Assert.Equal(["input,label", "1,up", "2,down"], output.TrimEnd().Split('\n').Select(row => string.Join(',', row.Split(',')[..2])));
        Assert.Equal(output, CliProcess.RunWithInput(File.ReadAllText(other), "predict", runs.At("run"), "--top", "1").Output);
        File.WriteAllText(table, "@data\n1,2,3\n");
        (code, _, error) = Shell.Run("predict", runs.At("run"), table);
        Assert.Equal((2, true), (code, error.Contains("expected one of --text-column and --feature-columns", StringComparison.Ordinal)));
        File.WriteAllText(other, "@data\n1,2,3\n");
        (code, _, error) = Shell.Run("predict", runs.At("run"), other);
        Assert.Equal((3, true), (code, error.Contains("has 1 features a step, expected 2 features a step", StringComparison.Ordinal)));
    }

    [Fact]
    public void Evaluation_OfARun_HasTheFiguresOfTheSavedModelAndItsPredictions()
    {
        using SmallRuns runs = new();
        string data = LabelFiles.Parity(runs, "parity.csv", 150, longest: 9, seed: 1);
        RunOptions options = LabelFiles.Classify(data);

        TrainingResult result = runs.Train("run", options with { Data = options.Data with { HoldOut = "last:0.4" }, Training = options.Training with { Steps = 20, EvalEvery = 20, Batch = 7 } });

        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "last", options.Device);
        LabelEvaluation found = model.Evaluate();
        (string Text, string Label)[] held = [.. File.ReadAllLines(data).Skip(91).Select(line => (line.Split(',')[0], line.Split(',')[1]))];
        IReadOnlyList<LabelPrediction> predicted = model.Predict([.. held.Select(example => example.Text)]);
        double[] ofTruth = [.. held.Zip(predicted, (example, p) => p.Probabilities[model.Labels.ToList().IndexOf(example.Label)])];
        Assert.Equal(60, held.Length);
        Assert.Equal(-ofTruth.Average(Math.Log), found.Loss, 1e-5);
        Assert.Equal(ofTruth.Average(p => p > 0.5 ? 1.0 : 0), found.Accuracy, 1e-12);
        // 9 batches of 7, the last of 4, and one of 60: the same mean.
        Assert.Equal(found.Loss, result.Validation!.Loss, 1e-5);
        Assert.Equal(found.Accuracy, result.Validation["accuracy"], 1e-12);
        Assert.Equal(found.Macro.F1, result.Validation["f1_macro"], 1e-12);
        Assert.All(predicted, p => Assert.Equal(1, p.Probabilities.Sum(), 1e-12));
        JsonNode row = JsonNode.Parse(File.ReadLines(Path.Combine(runs.At("run"), "metrics.jsonl")).Last())!;
        Assert.Equal(("validation", found.Accuracy), ((string)row["split"]!, (double)row["accuracy"]!));
    }

    [Theory]
    [InlineData("classify")]
    [InlineData("tag")]
    public void Model_RunsInTheEmulator_WithTheLossOfTheCpu(string task)
    {
        using SmallRuns runs = new();
        RunOptions options = task == "tag" ? LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 6, seed: 1)) : LabelFiles.Classify(LabelFiles.Parity(runs, "parity.csv", 6, longest: 4, seed: 1));
        options = options with { Model = options.Model with { Hidden = 3 }, Data = options.Data with { HoldOut = "last:2" }, Training = options.Training with { Steps = 2, Batch = 3 } };
        double[] losses = [.. new[] { "cpu", "emulator" }.Select(device =>
        {
            runs.Train(device, options with { Device = new() { Name = device, Threads = 1 } });
            using TrainedLabeller model = TrainedLabeller.Load(runs.At(device), "last", new() { Name = device });
            return model.Evaluate().Loss;
        })];

        Assert.Equal(losses[0], losses[1], 1e-5);
    }

    [Fact]
    public void MaximumLength_CutsWhatTheModelReads()
    {
        using SmallRuns runs = new();
        RunOptions options = LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 20, seed: 1));
        runs.Train("run", options with { Data = options.Data with { MaxLength = 3, HoldOut = "last:5" }, Training = options.Training with { Steps = 1 } });

        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "last", options.Device);

        Assert.Equal(3, model.Tag([["x", "y", "z", "x"]])[0].Count);
        string environment = File.ReadAllText(Path.Combine(runs.At("run"), "environment.json"));
        Assert.Equal(3, (int)JsonNode.Parse(environment)!["data"]!["longest_sequence"]!);
    }

    [Fact]
    public void Text_IsCutIntoCharactersOrWords()
    {
        Assert.Equal(["h", "é", "😀", " ", "b"], TextTokens.Of("hé😀 b", TextTokens.Characters));
        Assert.Equal(["I", "don't", ",", "no", "中", "文", "!"], TextTokens.Of("  I don't, no\n中文!", TextTokens.Words));
    }

    [Fact]
    public void Plan_OfABidirectionalClassifier_CountsBothDirections()
    {
        using SmallRuns runs = new();
        RunOptions options = LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 20, seed: 1));
        using TrainingRun run = TrainingRun.Create(options with { Model = options.Model with { Layers = 2 } }, runs.At("run"));

        // Two of 4·H·(I+H+2) a layer; the second reads both directions of the first.
        Assert.Equal([2 * 4 * 12 * (4 + 12 + 2), 2 * 4 * 12 * (24 + 12 + 2)], run.Plan.Layers.Select(layer => layer.PyTorchCount));
        Assert.Equal([2 * 4 * 12 * (4 + 12 + 1), 2 * 4 * 12 * (24 + 12 + 1)], run.Plan.Layers.Select(layer => layer.TextbookCount));
        Assert.True(run.Plan.LargestBatch >= 16);
    }

    [Fact]
    public void BestCheckpoint_IsTheOneOfTheHighestAccuracy()
    {
        using SmallRuns runs = new();
        RunOptions options = LabelFiles.Classify(LabelFiles.Parity(runs, "parity.csv", 200, longest: 5, seed: 1));

        runs.Train("run", options with { Training = options.Training with { Steps = 60, EvalEvery = 5, LearningRate = 0.1 } });

        var rows = File.ReadLines(Path.Combine(runs.At("run"), "metrics.jsonl")).Select(line => JsonNode.Parse(line)!).Where(row => (string)row["split"]! == "validation").ToList();
        JsonNode best = rows.MaxBy(row => (double)row["accuracy"]!)!;
        Assert.NotEqual((long)rows.MinBy(row => (double)row["loss"]!)!["step"]!, (long)best["step"]!); // or this says little
        Assert.Equal($"step-{best["step"]}", Path.GetFileName(runs.Checkpoints("run").Best()));
    }
}
