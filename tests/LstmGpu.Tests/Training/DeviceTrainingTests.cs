using System.Text.Json;
using LstmGpu.Devices.Reference;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Layers;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Every device trains like the cpu, and resumes to the bit like itself.</summary>
public sealed class DeviceTrainingTests
{
    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["lstm"] = new() { Layers = 2, Dropout = 0.2 },
        ["gru"] = new() { Cell = "gru", Layers = 2, Dropout = 0.2, HiddenDropout = 0.1, WeightDrop = 0.2, Zoneout = 0.1, EmbeddingDropout = 0.1 },
        ["rnn"] = new() { Cell = "rnn", Dropout = 0.1, InputDropout = 0.1, Variational = true, WeightDrop = 0.2, Zoneout = 0.1, ActivationPenalty = 0.1, TemporalPenalty = 0.1 },
    };

    public static TheoryData<string, string> OthersAndNetworks => Cross(Networks.Keys, slow: ["lstm"]);

    public static TheoryData<string, string> OthersAndModels => Cross(["dropout", "gru", "everything"], slow: ["dropout", "everything, tiny"]);

    [SkippableTheory]
    [MemberData(nameof(OthersAndNetworks))]
    public void Training_FollowsTheLossCurveOfTheCpu(string device, string network)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        bool few = AwkwardSizes.IsSlow(device);
        using SmallRuns runs = new(characters: few ? 600 : 6000);
        ModelOptions model = Networks[network] with { Embedding = 12, Hidden = few ? 8 : 66 };
        TrainingOptions training = new() { Steps = few ? 3 : 100, EvalEvery = few ? 3 : 25, ClipNorm = 1, LearningRate = 0.01 };
        foreach (string name in (string[])["cpu", device])
        {
            RunOptions options = runs.Options(model, training, device: name);
            runs.Train(name, options with { Training = options.Training with { Batch = few ? 2 : 18, Bptt = few ? 4 : 24 } });
        }

        List<(string Split, double Loss)> expected = Losses(runs, "cpu"), found = Losses(runs, device);
        Assert.Equal(expected.Select(l => l.Split), found.Select(l => l.Split));
        Assert.True(expected[^1].Loss < (few ? 1 : 0.7) * expected[0].Loss, "the loss must fall, or equal curves say little");
        // Both round to float32 in different orders; a hundred steps of Adam let that grow, the promise is 1e-3 of the loss.
        Near.EqualRelatively("loss", [.. expected.Select(l => l.Loss)], [.. found.Select(l => l.Loss)], relative: 1e-3, floor: 0);
    }

    [SkippableTheory]
    [MemberData(nameof(OthersAndModels))]
    public void Resume_FollowsTheUninterruptedRun_ToTheBit(string device, string model)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        bool few = AwkwardSizes.IsSlow(device);
        int steps = few ? 2 : 6;
        using SmallRuns runs = new();
        RunOptions options = runs.Options(
            Models.Named[model],
            new() { Optimizer = "adamw", Schedule = "cosine", ScheduleSteps = steps, ClipNorm = 0.5, Steps = steps, EvalEvery = 4, SaveEvery = 3, Keep = "last:2" },
            device: device);
        runs.Train("whole", options);
        if (!few)
        {
            runs.Train("again", options);
            ResumeTests.AssertSameResults(runs, "whole", "again");
        }
        foreach (int k in few ? [1] : (int[])[1, 3, 4])
        {
            Assert.True(runs.Train($"interrupted at {k}", options, interruptAt: k).Interrupted);
            runs.Resume($"interrupted at {k}");
            ResumeTests.AssertSameResults(runs, "whole", $"interrupted at {k}");
        }
    }

    private static TheoryData<string, string> Cross(IEnumerable<string> names, string[] slow)
    {
        TheoryData<string, string> data = [];
        foreach (string device in DeviceUnderTest.Names.Where(name => name != "cpu"))
        {
            foreach (string name in AwkwardSizes.IsSlow(device) ? slow : names)
            {
                data.Add(device, name);
            }
        }
        return data;
    }

    private static List<(string Split, double Loss)> Losses(SmallRuns runs, string name)
    {
        List<(string, double)> losses = [];
        foreach (string line in File.ReadLines(Path.Combine(runs.At(name), "metrics.jsonl")))
        {
            using JsonDocument row = JsonDocument.Parse(line);
            losses.Add((row.RootElement.GetProperty("split").GetString()!, row.RootElement.GetProperty("loss").GetDouble()));
        }
        return losses;
    }
}
