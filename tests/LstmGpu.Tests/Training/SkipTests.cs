using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>--on-nan skip: steps whose loss is not finite leave the parameters alone, up to a number in a row.</summary>
public sealed class SkipTests
{
    private const int Stream = 46; // 9 windows of 5 in each of 3 streams

    [Fact]
    public void Stop_IsTheDefault()
    {
        using SmallRuns runs = Runs(11, 20);
        RunOptions options = Unlikely(runs, new() { Steps = 12 });
        Assert.Contains("training diverged at step 3: loss", Assert.Throws<DivergedException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ASkippedStep_TouchesNoParameterAndNoMoment_AndIsLoggedWithoutALoss()
    {
        using SmallRuns runs = Runs(11, 20);
        RunOptions options = Unlikely(runs, new() { OnNan = "skip", LogEvery = 100 });
        runs.Train("before", options with { Training = options.Training with { Steps = 2 } });
        TrainingResult result = runs.Train("after", options with { Training = options.Training with { Steps = 4 } });

        Assert.Equal(2, result.Skipped);
        Assert.Equal(File.ReadAllBytes(runs.LastFile("before", "model.safetensors")), File.ReadAllBytes(runs.LastFile("after", "model.safetensors")));
        var moments = runs.Tensors("before", "optimizer.safetensors").Where(tensor => !tensor.Name.StartsWith("carry", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(moments);
        Assert.All(moments, moment => Assert.Equal(moment.Values, runs.Tensors("after", "optimizer.safetensors").Single(t => t.Name == moment.Name).Values));
        Assert.Equal(["Number", "Number", "Null", "Null"], runs.Rows("after").Select(row => row.GetProperty("loss").ValueKind.ToString()));
        Assert.Equal(new Skips(2, 2), Checkpoint.ReadState(runs.Checkpoints("after").Last()!).Skips);
    }

    [Fact]
    public void Adam_CountsUpdatesAndNotSteps()
    {
        using SmallRuns runs = Runs(1, 5);
        RunOptions options = Unlikely(runs, new() { OnNan = "skip", LearningRate = 1e-2, Steps = 2, EvalEvery = 0 });
        runs.Train("run", options);

        var start = runs.TensorsOf(options.Training.Init!);
        float largest = runs.Tensors("run", "model.safetensors").Max(t => t.Values.Zip(start.Single(s => s.Name == t.Name).Values, (a, b) => Math.Abs(a - b)).Max());
        // The first update of Adam moves a parameter by the rate, less ε; as the second it would be 0.74 of that. −800 is a float of 2⁻¹⁴ steps.
        Assert.InRange(largest, 0.98e-2f, 1.02e-2f);
    }

    [Fact]
    public void ACarriedStateThatIsNotFinite_BeginsAgainFromZero()
    {
        using SmallRuns runs = Runs(12, 12);
        ModelOptions relu = new() { Cell = "rnn-relu", Embedding = 4, Hidden = 6 };
        RunOptions options = runs.WithInit(runs.Options(relu, new() { OnNan = "skip", SkipLimit = 1, Steps = 12, EvalEvery = 0, LearningRate = 1e-4 }, validation: 0), tensors =>
        {
            // h is infinite after the symbol z, and nowhere else.
            Array.Fill(tensors["rnn.weight_ih_l0"], 10);
            tensors["embedding.weight"].AsSpan(^4..).Fill(3e38f);
        });

        Assert.Equal(2, runs.Train("run", options).Skipped); // windows 3 and 12 hold it
        Assert.All(runs.Tensors("run", "optimizer.safetensors"), tensor => Assert.All(tensor.Values, value => Assert.True(float.IsFinite(value), tensor.Name)));
    }

    [Fact]
    public void MoreThanTheLimitInARow_EndsTheRun_AndItsUnprovenCheckpointsGo()
    {
        using SmallRuns runs = Runs(11, 20);
        RunOptions options = Unlikely(runs, new() { OnNan = "skip", SkipLimit = 1, Steps = 12, SaveEvery = 1 });

        DivergedException error = Assert.Throws<DivergedException>(() => runs.Train("run", options));

        Assert.Contains("training diverged at step 4: loss", error.Message, StringComparison.Ordinal);
        Assert.Contains("after skipping 1 in a row, expected a finite number", error.Message, StringComparison.Ordinal);
        Assert.Equal([1], runs.Checkpoints("run").Steps());
        Assert.Equal(3, runs.Train("enough", options with { Training = options.Training with { SkipLimit = 2 } }).Skipped);
    }

    [Fact]
    public void Resume_AfterAnyStep_FollowsTheUninterruptedRun()
    {
        using SmallRuns runs = Runs(11, 20);
        RunOptions options = Unlikely(runs, new() { OnNan = "skip", SkipLimit = 2, Steps = 14, SaveEvery = 3 });
        runs.Train("whole", options);
        for (int k = 1; k < 14; k++)
        {
            runs.Train($"{k}", options, interruptAt: k);
            Assert.Equal(4, runs.Resume($"{k}").Skipped);
            ResumeTests.AssertSameResults(runs, "whole", $"{k}");
        }
    }

    [Fact]
    public void Train_SaysWhatItSkipped()
    {
        using SmallRuns runs = Runs(11, 20);
        runs.Train("run", Unlikely(runs, new() { OnNan = "skip", Steps = 5 }), interruptAt: 2);

        (int code, string output, string error) = Shell.Run("resume", runs.At("run"), "--device", "cpu");

        Assert.Equal(0, code);
        Assert.Contains("skipped step 3/5 epoch 0 loss NaN", error, StringComparison.Ordinal);
        Assert.Contains("skipped steps    2, whose loss or gradient norm was not finite", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(runs.At("run"), "report.html")));
    }

    // Three equal streams of a text in which the symbol z stands at these places alone.
    private static SmallRuns Runs(int first, int last)
    {
        char[] stream = [.. Enumerable.Range(0, Stream).Select(n => n >= first && n <= last ? 'z' : (char)('a' + (n * n % 7)))];
        SmallRuns runs = new();
        File.WriteAllText(runs.Corpus, string.Concat(Enumerable.Repeat(new string(stream), 3)));
        return runs;
    }

    // z is so unlikely that the perplexity of a window of it is infinite.
    private static RunOptions Unlikely(SmallRuns runs, TrainingOptions training) =>
        runs.WithInit(runs.Options(training: training with { EvalEvery = 0 }, validation: 0), tensors => tensors["linear.bias"][^1] = -800);
}
