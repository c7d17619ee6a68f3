using System.Text.Json;
using LstmGpu.Devices.Reference;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>Every device trains like the cpu, and resumes to the bit like itself.</summary>
public sealed class DeviceTrainingTests
{
    public static TheoryData<string> Others => [.. DeviceUnderTest.Names.Where(name => name != "cpu")];

    [SkippableTheory]
    [MemberData(nameof(Others))]
    public void Training_FollowsTheLossCurveOfTheCpu(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        bool few = AwkwardSizes.IsSlow(device);
        using SmallRuns runs = new(characters: 6000);
        ModelOptions model = new() { Embedding = 12, Hidden = few ? 8 : 66, Layers = 2, Dropout = 0.2 };
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
    [MemberData(nameof(Others))]
    public void Resume_FollowsTheUninterruptedRun_ToTheBit(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        const int Steps = 6;
        using SmallRuns runs = new();
        RunOptions options = runs.Options(
            new() { Embedding = 4, Hidden = 6, Layers = 2, Dropout = 0.3, OutputDropout = 0.2 },
            new() { Optimizer = "adamw", Schedule = "cosine", ScheduleSteps = Steps, ClipNorm = 0.5, Steps = Steps, EvalEvery = 4, SaveEvery = 3, Keep = "last:2" },
            device: device);
        runs.Train("whole", options);
        runs.Train("again", options);
        ResumeTests.AssertSameResults(runs, "whole", "again");
        foreach (int k in AwkwardSizes.IsSlow(device) ? [4] : (int[])[1, 3, 4])
        {
            Assert.True(runs.Train($"interrupted at {k}", options, interruptAt: k).Interrupted);
            runs.Resume($"interrupted at {k}");
            ResumeTests.AssertSameResults(runs, "whole", $"interrupted at {k}");
        }
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
