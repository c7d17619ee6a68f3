using System.Text.Json.Nodes;
using LstmGpu.Tasks;
using LstmGpu.Tasks.Metrics;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Sequences;

/// <summary>A tagger whose labels mark entities is scored by them.</summary>
public sealed class EntityEvaluationTests
{
    [Fact]
    public void Eval_ScoresTheEntitiesOfThePredictions()
    {
        using SmallRuns runs = new();
        string data = runs.At("data.conll");
        // Repeats of unequal length, B for the first token of two that are alike and E for the second, as entities.
        File.WriteAllText(data, File.ReadAllText(LabelFiles.Repeats(runs, "plain.conll", 80, seed: 1)).Replace("\tB", "\tB-AND", StringComparison.Ordinal).Replace("\tE", "\tI-AND", StringComparison.Ordinal));
        RunOptions options = LabelFiles.Tag(data);
        TrainingResult result = runs.Train("run", options with { Data = options.Data with { HoldOut = "last:30" }, Training = options.Training with { Steps = 25, Batch = 7 } });
        using TrainedLabeller model = TrainedLabeller.Load(runs.At("run"), "last", options.Device);

        LabelEvaluation found = model.Evaluate();

        (string[] Tokens, string[] Labels)[] held = [.. File.ReadAllText(data).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).TakeLast(30)
            .Select(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToArray())
            .Select(lines => (lines.Select(line => line[0]).ToArray(), lines.Select(line => line[1]).ToArray()))];
        List<string> names = [.. model.Labels];
        EntityScores scores = new(EntityLabels.Of(names)!);
        foreach (((_, string[] labels), IReadOnlyList<LabelPrediction> predicted) in held.Zip(model.Tag([.. held.Select(sequence => sequence.Tokens)])))
        {
            scores.Add([.. labels.Select(label => names.IndexOf(label))], [.. predicted.Select(prediction => prediction.Ranked.First())]);
        }
        Assert.InRange(scores.Score.F1, 0.1, 0.99); // or this says little
        Assert.Equal(new LabelScore("entities", scores.Score.Precision, scores.Score.Recall, scores.Score.F1, scores.Score.Support), found.Entities);
        Assert.Equal(found.Entities!.F1, result.Validation!["entity_f1"], 1e-12);
        JsonNode json = JsonNode.Parse(Shell.Run("eval", runs.At("run"), "--checkpoint", "last", "--json").Output)!;
        Assert.Equal((found.Entities.F1, found.Entities.Support), ((double)json["entity_f1"]!, (long)json["entities"]!));
        Assert.Contains("entities      precision", Shell.Run("eval", runs.At("run")).Output, StringComparison.Ordinal);
    }
}
