using System.Text.Json.Nodes;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Sequences;

/// <summary>Numbers of sequences are scaled by the training part, wherever they go in.</summary>
public sealed class FeatureScalingTests
{
    // Two columns; in steps of a group, steps of a row, or dimensions of a series.
    private static readonly Dictionary<string, DataOptions> Forms = new()
    {
        ["groups.csv"] = new() { FeatureColumns = "a,b", GroupColumn = "id" },
        ["rows.csv"] = new() { FeatureColumns = "a,b" },
        ["cases.ts"] = new(),
    };

    [Theory]
    [InlineData("groups.csv")]
    [InlineData("rows.csv")]
    [InlineData("cases.ts")]
    public void Unit_OfAColumn_DoesNotMatter(string form)
    {
        using SmallRuns runs = new();
        double[][] found = [.. new double[] { 1, 1024 }.Select(unit =>
        {
            string data = Write(runs, form, unit), run = $"run of {unit}";
            runs.Train(run, Options(form, data));
            (int code, string output, string error) = Shell.Run("predict", runs.At(run), data, "--format", "jsonl");
            Assert.True(code == 0, error);
            using TrainedLabeller model = TrainedLabeller.Load(runs.At(run), "last", new() { Name = "cpu", Threads = 1 });
            double[] shares = [.. output.TrimEnd().Split('\n').Select(line => (double)JsonNode.Parse(line)!["probabilities"]!["x"]!)];
            return (double[])[model.Evaluate().Loss, .. shares];
        })];

        Assert.True(found[0].Distinct().Count() > 3, "the predictions differ");
        Assert.All(found[0].Zip(found[1]), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Scaler_KnowsTheStepsThatTheModelReadsOfTheTrainingPart()
    {
        using SmallRuns runs = new();
        // Rows 1 to 3 train, of which the third step is cut off: a has 1, 3, 5 and b 2, 2, 2. Mean 3, deviation √(8/3); a column that is constant has 1.
        string data = runs.At("rows.csv");
        File.WriteAllText(data, "a,b,c,label\n1,2,7,x\n3,2,7,y\n5,2,8,x\n1000,-1000,7,y\n");
        RunOptions options = Options("rows.csv", data);
        runs.Train("run", options with { Data = options.Data with { FeatureColumns = "a,b,c", HoldOut = "last:1", MaxLength = 2 } });

        JsonNode scaler = JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("run"), "scaler.json")))!;

        Assert.Equal([3.0, 2, 0], scaler["Offsets"]!.AsArray().Select(value => (double)value!));
        double[] expected = [Math.Sqrt(8 / 3.0), 1, 1];
        Assert.All(expected.Zip(scaler["Scales"]!.AsArray()), pair => Assert.Equal(pair.First, (double)pair.Second!, 1e-12));
        Assert.Equal("standard", (string)JsonNode.Parse(File.ReadAllText(Path.Combine(runs.At("run"), "config.json")))!["data"]!["feature_scaling"]!);
    }

    [Fact]
    public void Run_FromBeforeThereWasScaling_ReadsNumbersAsTheyAre()
    {
        using SmallRuns runs = new();
        string data = Write(runs, "groups.csv", 3);
        RunOptions options = Options("groups.csv", data);
        options = options with { Data = options.Data with { FeatureScaling = "none" } };
        runs.Train("whole", options);
        runs.Train("old", options, interruptAt: 2);
        string config = Path.Combine(runs.At("old"), "config.json");
        JsonNode old = JsonNode.Parse(File.ReadAllText(config))!;
        old["data"]!.AsObject().Remove("feature_scaling");
        File.WriteAllText(config, old.ToJsonString());

        Assert.False(File.Exists(Path.Combine(runs.At("old"), "scaler.json")));
        Assert.Equal(0, Shell.Run("eval", runs.At("old")).Code);
        runs.Resume("old");

        ResumeTests.AssertSameResults(runs, "whole", "old");
        Assert.Equal("none", (string)JsonNode.Parse(File.ReadAllText(config))!["data"]!["feature_scaling"]!);
    }

    [Fact]
    public void Resume_FollowsTheUninterruptedRun_AndAMissingScalerIsNamed()
    {
        using SmallRuns runs = new();
        RunOptions options = Options("cases.ts", Write(runs, "cases.ts", 50));
        runs.Train("whole", options);
        runs.Train("parts", options, interruptAt: 3);
        runs.Resume("parts");

        ResumeTests.AssertSameResults(runs, "whole", "parts");
        File.Delete(Path.Combine(runs.At("parts"), "scaler.json"));
        (int code, _, string error) = Shell.Run("eval", runs.At("parts"));
        Assert.Equal(3, code);
        Assert.Contains("scaler.json", error, StringComparison.Ordinal);
    }

    [Fact]
    public void DataThatCannotBeScaled_IsRefused()
    {
        using SmallRuns runs = new();
        string rows = Write(runs, "rows.csv", 1e-3), cases = runs.At("other.ts"), far = runs.At("far.csv"), bits = LabelFiles.Parity(runs, "bits.csv", 30, longest: 6, seed: 1);
        runs.Train("run", Options("rows.csv", rows));
        File.WriteAllText(cases, "@data\n1,2,3\n");
        File.WriteAllText(far, "a,b\n1,2\n3e38,1\n");

        Refused(3, "has 1 columns to scale, expected 2 as in training", "predict", runs.At("run"), cases);
        Refused(3, "line 3: found 3E+38, too far from the training data to be scaled", "predict", runs.At("run"), far);
        Refused(2, "--feature-scaling scales numbers", "train", "--task", "classify", "--data", bits, "--text-column", "bits", "--label-column", "parity", "--feature-scaling", "minmax", "--out", runs.At("no"));
    }

    private static void Refused(int expected, string message, params string[] arguments)
    {
        (int code, _, string error) = Shell.Run(arguments);
        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    // The label is whether a rises above b; a is in units of its own and far from zero.
    private static string Write(SmallRuns runs, string form, double unit)
    {
        Random random = new(1);
        List<string> lines = form switch
        {
            "groups.csv" => ["id,a,b,label"],
            "rows.csv" => ["a,b,label"],
            _ => ["@dimensions 2", "@equalLength false", "@classLabel true x y", "@data"],
        };
        string A(int n) => FormattableString.Invariant($"{unit * (300 + n)}");
        for (int n = 0; n < 30; n++)
        {
            int[] a = [.. Enumerable.Range(0, form == "rows.csv" ? 1 : 1 + n % 4).Select(_ => random.Next(20))], b = [.. a.Select(_ => random.Next(20))];
            string label = a[^1] > b[^1] ? "x" : "y";
            lines.AddRange(form == "cases.ts" ? [$"{string.Join(',', a.Select(A))}:{string.Join(',', b)}:{label}"] : a.Select((value, t) => $"{(form == "rows.csv" ? "" : $"{n},")}{A(value)},{b[t]},{label}"));
        }
        string path = runs.At(form);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return path;
    }

    private static RunOptions Options(string form, string data)
    {
        RunOptions options = LabelFiles.Classify(data);
        return options with
        {
            Data = Forms[form] with { Path = data, HoldOut = "last:0.3" },
            Model = options.Model with { Hidden = 6 },
            Training = options.Training with { Batch = 4, Steps = 8, LogEvery = 1, EvalEvery = 4 },
        };
    }
}
