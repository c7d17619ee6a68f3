using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Sequences;

/// <summary>Runs that learn labels resume to the bit, in the middle of an epoch of bucketed batches too.</summary>
public sealed class LabelResumeTests
{
    private const int Steps = 13; // more than two epochs of 5 batches

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (string device in DeviceUnderTest.Names.Where(name => name != "emulator"))
        {
            cases.Add(device, "classify");
            cases.Add(device, "tag");
        }
        return cases;
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Resume_FollowsTheUninterruptedRun_FromAnyStep(string device, string task)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = new();
        RunOptions options = Options(runs, task, device);
        runs.Train("whole", options);

        foreach (int k in device == "cpu" ? (int[])[1, 3, 5, 8, 12] : [3, 7])
        {
            Assert.True(runs.Train($"interrupted at {k}", options, interruptAt: k).Interrupted);
            Assert.False(runs.Resume($"interrupted at {k}").Interrupted);
            ResumeTests.AssertSameResults(runs, "whole", $"interrupted at {k}");
        }
    }

    [Theory]
    [InlineData("classify")]
    [InlineData("tag")]
    public void RunOfItsOwnConfiguration_LeavesTheSameBytes(string task)
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs, task, "cpu");
        runs.Train("first", options);

        (int code, _, string error) = Shell.Run("train", "--config", Path.Combine(runs.At("first"), "config.json"), "--out", runs.At("second"));

        Assert.True(code == 0, error);
        ResumeTests.AssertSameResults(runs, "first", "second");
        foreach (string file in (string[])["config.json", "labels.json", "vocabulary.json"])
        {
            Assert.Equal(File.ReadAllText(Path.Combine(runs.At("first"), file)), File.ReadAllText(Path.Combine(runs.At("second"), file)));
        }
    }

    [Fact]
    public void Resume_WithOtherData_IsRefused()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs, "classify", "cpu");
        runs.Train("run", options, interruptAt: 4);
        File.AppendAllText(options.Data.Path!, "0101,even\n");

        DataException refused = Assert.Throws<DataException>(() => runs.Resume("run"));

        Assert.Contains("has changed since the checkpoint was written", refused.Message, StringComparison.Ordinal);
    }

    // 23 sequences train: batches of 5 and one of 3.
    private static RunOptions Options(SmallRuns runs, string task, string device)
    {
        RunOptions options = task == "tag"
            ? LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 30, seed: 1), device)
            : LabelFiles.Classify(LabelFiles.Parity(runs, "data.csv", 30, longest: 12, seed: 1), device);
        return options with
        {
            Task = options.Task with { LabelSmoothing = 0.1, ClassWeights = "balanced" },
            Model = options.Model with { Layers = 2, Dropout = 0.3, InputDropout = 0.1, OutputDropout = 0.2, WeightDrop = 0.2 },
            Data = options.Data with { HoldOut = "random:0.23" },
            Training = options.Training with { Batch = 5, Steps = Steps, EvalEvery = 4, SaveEvery = 3, Keep = "last:2", LogEvery = 1, Schedule = "cosine", ScheduleSteps = Steps },
        };
    }
}
