using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary><c>--task word-lm</c> from a text to a model that writes.</summary>
public sealed class WordModelTests
{
    // Which of two words ends a line follows from the first word alone, three words before: a bigram cannot know.
    private static readonly string Text = string.Concat(Enumerable.Range(0, 1500).Select(n => (n * 7919 % 11) % 2 == 0 ? "ann met the red fox\n" : "bob met the red owl\n"));

    private static readonly TrainingOptions Training = new() { Steps = 60, LearningRate = 0.02, EvalEvery = 20 };

    public static TheoryData<string, string> DevicesAndTokens => new() { { "cpu", "words" }, { "cpu", "bpe" }, { "opencl", "words" } };

    [SkippableTheory]
    [MemberData(nameof(DevicesAndTokens))]
    public void Model_BeatsTheBigramThatItIsComparedWith(string device, string tokens)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallRuns runs = Runs();
        RunOptions options = Options(runs, tokens, device);
        options = options with { Training = options.Training with { Batch = 8, Bptt = 20, Steps = tokens == "bpe" ? 300 : 60 } };

        TrainingResult result = runs.Train("run", options);

        using TrainedModel model = TrainedModel.Load(runs.At("run"), "last", new DeviceOptions { Name = device, Threads = 1 });
        EvaluationResult evaluation = model.Evaluate();
        Assert.Equal(result.Validation!.Loss, evaluation.Loss, 1e-9);
        Assert.InRange(evaluation.Loss, 0, 0.8 * evaluation.BigramLoss!.Value);
        string written = string.Concat(model.Generate("ann met the", 40, new SamplingOptions(Temperature: 0)));
        Assert.StartsWith(" red fox\n", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("words")]
    [InlineData("bpe")]
    public void Resume_InTheMiddleOfAnEpoch_LeavesTheSameBytes(string tokens)
    {
        using SmallRuns runs = Runs();
        RunOptions options = Options(runs, tokens, "cpu");
        runs.Train("whole", options);
        runs.Train("parts", options, interruptAt: 7);
        runs.Resume("parts", interruptAt: 31);

        runs.Resume("parts");

        ResumeTests.AssertSameResults(runs, "whole", "parts");
    }

    [Fact]
    public void Run_OfItsOwnConfiguration_IsTheSameRun()
    {
        using SmallRuns runs = Runs();
        runs.Train("first", Options(runs, "words", "cpu"));

        (int code, _, string error) = Shell.Run("train", "--config", Path.Combine(runs.At("first"), "config.json"), "--out", runs.At("second"));

        Assert.True(code == 0, error);
        ResumeTests.AssertSameResults(runs, "first", "second");
        Assert.Equal(File.ReadAllBytes(Path.Combine(runs.At("first"), "vocabulary.json")), File.ReadAllBytes(Path.Combine(runs.At("second"), "vocabulary.json")));
    }

    [Fact]
    public void FrozenVectors_KeepTheirBytes_WhateverTheOptimizerDoes()
    {
        using SmallRuns runs = Runs();
        string table = runs.At("vectors.txt");
        File.WriteAllText(table, " met 0.5 -0.25 1 2\n the 1 2 3 4\nann 3 1 4 1\n".Replace(" met", "met").Replace(" the", "the"));
        RunOptions options = Options(runs, "words", "cpu");
        options = options with
        {
            Model = options.Model with { PretrainedEmbeddings = table, FreezeEmbeddings = true },
            Training = options.Training with { Optimizer = "adamw", WeightDecay = 0.5, ClipNorm = 0.1 },
        };
        runs.Train("short", options with { Training = options.Training with { Steps = 1 } });
        runs.Train("long", options);

        byte[] before = Tensor(runs, "short", "embedding.weight"), after = Tensor(runs, "long", "embedding.weight");

        Assert.Equal(before, after);
        Assert.NotEqual(Tensor(runs, "short", "linear.weight"), Tensor(runs, "long", "linear.weight"));
        float[] values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(after).ToArray();
        Assert.Contains(values.Chunk(4), row => row.SequenceEqual([3f, 1f, 4f, 1f]));
    }

    [Theory]
    [InlineData("ann 1 2 3 4\nbob 1 2 x 4\n", "line 2")]
    [InlineData("ann 1 2 3 4\nbob 1 2 3\n", "line 2")]
    [InlineData("ann 1 2 3 4\nbob 1 2 3 4\nann 4 3 2 1\n", "line 3")]
    public void BrokenTable_IsNamedWithItsLine_AndNothingIsWritten(string table, string line)
    {
        using SmallRuns runs = Runs();
        File.WriteAllText(runs.At("vectors.txt"), table);

        (int code, _, string error) = Shell.Run(
            "train", "--task", "word-lm", "--data", runs.Corpus, "--embedding", "4", "--embeddings", runs.At("vectors.txt"), "--device", "cpu", "--out", runs.At("run"));

        Assert.Equal(3, code);
        Assert.Contains(line, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.At("run")));
    }

    [Theory]
    [InlineData("--task char-lm --merges 5", "--merges is a setting of --task word-lm, found --task char-lm; leave it out")]
    [InlineData("--task word-lm --hold-out every:5", "--hold-out is a setting of --task classify, tag, found --task word-lm; leave it out")]
    [InlineData("--task char-lm --target price", "--target is a setting of --task forecast, regress, found --task char-lm; leave it out")]
    [InlineData("--task classify --lower", "--lower is a setting of --task word-lm, found --task classify; leave it out")]
    [InlineData("--task word-lm --tokens characters", "--tokens is characters, and --task is word-lm, expected words or bpe; use --task char-lm for single characters")]
    [InlineData("--task word-lm --bidirectional", "model.bidirectional lets a language model see the symbols that it is to predict")]
    public void SettingOfAnotherTask_IsRefused(string flags, string message)
    {
        using SmallRuns runs = Runs();

        (int code, _, string error) = Shell.Run(["train", "--data", runs.Corpus, "--device", "cpu", "--out", runs.At("run"), "--bptt", "5", "--batch", "3", .. flags.Split(' ')]);

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(runs.At("run")));
    }

    private static SmallRuns Runs()
    {
        SmallRuns runs = new();
        File.WriteAllText(runs.Corpus, Text);
        return runs;
    }

    private static RunOptions Options(SmallRuns runs, string tokens, string device)
    {
        RunOptions options = runs.Options(new() { Embedding = 4, Hidden = 16 }, Training, device: device);
        return options with { Task = new() { Name = "word-lm" }, Data = options.Data with { Tokens = tokens, Merges = tokens == "bpe" ? 12 : null } };
    }

    private static byte[] Tensor(SmallRuns runs, string run, string name)
    {
        using SafetensorsReader file = SafetensorsReader.Open(runs.LastFile(run, "model.safetensors"));
        float[] values = new float[file.Find(name).Shape.Aggregate(1L, (product, size) => product * size)];
        file.Read(name, values);
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();
    }
}
