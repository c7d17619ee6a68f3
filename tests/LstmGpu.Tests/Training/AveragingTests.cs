using LstmGpu.Devices.Reference;
using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Training;
using Xunit;

namespace LstmGpu.Tests.Training;

/// <summary>ASGD: what is averaged, from when, and which of the two sets of parameters is evaluated, saved and trained.</summary>
public sealed class AveragingTests
{
    // Norms of the tensors' averages after the ten steps of AsgdDecay, and of one with the default t0, by the script in GoldenRun.
    private static readonly Dictionary<string, double[]> Averages = new()
    {
        ["Asgd"] = [7.4496460589, 8.0678730502, 9.2372654510, 3.2461999743, 3.2814280376, 8.4593450009, 2.7814103811],
        ["AsgdDecay"] = [5.8971650161, 6.3895403643, 7.3359109686, 2.6000881979, 2.6261523837, 6.7333455992, 2.3359790671],
    };

    [Theory]
    [InlineData("Asgd")]
    [InlineData("AsgdDecay")]
    public void TheSavedModel_IsPyTorchsAverage(string name)
    {
        GoldenRun golden = GoldenRun.All[name];
        string text = GoldenRun.Text(golden.Characters);
        using SmallRuns runs = new(golden.Characters);
        string init = runs.At("golden.safetensors");
        var parameters = GoldenRun.Parameters(text.Distinct().Count());
        SafetensorsWriter.Write(
            init, [.. parameters.Select(p => new TensorToWrite(p.Name, [.. p.Shape.Select(size => (long)size)], p.Values))], new Dictionary<string, string>());
        RunOptions options = runs.Options(new() { Embedding = GoldenRun.Embedding, Hidden = GoldenRun.Hidden }, validation: 0);
        runs.Train("run", options with { Training = golden.Options with { Init = init } });

        var saved = runs.Tensors("run", "model.safetensors");
        double[] norms = [.. parameters.Select(p => ReferenceLoss.Norm(saved.Single(tensor => tensor.Name == p.Name).Values.ToDoubles()))];
        Near.Equal("norm of the average", Averages[name], [.. norms.Select(norm => (float)norm)], _ => 1e-5);
        var beside = runs.Tensors("run", "optimizer.safetensors");
        foreach ((string tensor, _, float[] values) in saved)
        {
            float[] raw = beside.Single(t => t.Name == "raw." + tensor).Values;
            Assert.Equal(name == "Asgd", raw.AsSpan().SequenceEqual(values));
        }
    }

    [Fact]
    public void NonMonotone_TrainsOnAsSgd_AndEvaluatesTheAverageFromItsTrigger()
    {
        using SmallRuns runs = new();
        TrainingOptions training = new() { Optimizer = "sgd", LearningRate = 20, Steps = 40, EvalEvery = 1, ClipNorm = 1 };
        runs.Train("sgd", runs.Options(training: training));
        runs.Train("average", runs.Options(training: training with { Optimizer = "asgd", NonMonotone = 2 }));

        Assert.Equal(Losses("sgd", "train"), Losses("average", "train"));
        (double[] plain, double[] averaged) = (Losses("sgd", "validation"), Losses("average", "validation"));
        NonMonotone state = Checkpoint.ReadState(runs.Checkpoints("average").Last()!).NonMonotone!;
        int start = (int)state.Start!.Value;
        Assert.Equal(FirstTrigger(plain, interval: 2), start);
        Assert.InRange(start, 3, 30);
        // PyTorch's μ is 1 for two updates after t0: the average begins with the second.
        Assert.Equal(plain[..(start + 2)], averaged[..(start + 2)]);
        Assert.NotEqual(plain[start + 2], averaged[start + 2]);

        using TrainedModel model = TrainedModel.Load(runs.At("average"), "last", new() { Name = "cpu", Threads = 1 });
        Assert.Equal(40, model.Step);
        Assert.NotEqual(File.ReadAllBytes(runs.LastFile("sgd", "model.safetensors")), File.ReadAllBytes(runs.LastFile("average", "model.safetensors")));
        var raw = runs.Tensors("average", "optimizer.safetensors");
        Assert.All(runs.Tensors("sgd", "model.safetensors"), tensor => Assert.Equal(tensor.Values, raw.Single(t => t.Name == "raw." + tensor.Name).Values));

        double[] Losses(string run, string split) =>
            [.. runs.Rows(run).Where(row => row.GetProperty("split").ValueEquals(split)).Select(row => row.GetProperty("loss").GetDouble())];
    }

    [Fact]
    public void TheSavedModel_IsTheOneThatWasEvaluated()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Optimizer = "asgd", LearningRate = 5, T0 = 2, Steps = 20, ClipNorm = 1 }));
        double last = runs.Rows("run")[^1].GetProperty("loss").GetDouble();
        string average = runs.LastFile("run", "model.safetensors");

        // Trained on from the average by nothing, the same held-out text has the same loss.
        RunOptions same = runs.Options(training: new() { Optimizer = "sgd", LearningRate = 1e-30, Steps = 1, Init = average });
        runs.Train("again", same);

        Assert.Equal(last, runs.Rows("again")[^1].GetProperty("loss").GetDouble());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Trigger_IsThatOfTheAlgorithm(int interval)
    {
        var random = new Random(7);
        for (int round = 0; round < 50; round++)
        {
            double[] losses = [.. Enumerable.Range(0, 30).Select(n => 5 - (0.05 * n) + random.NextDouble())];
            NonMonotone state = NonMonotone.Before;
            for (int n = 0; n < losses.Length && state.Start is null; n++)
            {
                state = state.After(losses[n], n + 1, interval, Objective.LowestLoss);
            }
            Assert.Equal(FirstTrigger(losses, interval), state.Start);
        }
    }

    [Fact]
    public void Trigger_OfAFigureThatShouldRise_IsAFall()
    {
        NonMonotone state = NonMonotone.Before;
        Objective accuracy = new("accuracy", HigherIsBetter: true);
        foreach (double value in (double[])[0.1, 0.5, 0.3])
        {
            state = state.After(value, 7, 1, accuracy);
            Assert.Null(state.Start);
        }
        Assert.Equal(9, state.After(0.4, 9, 1, accuracy).Start);
    }

    [Theory]
    [InlineData("adam", null, 3, "--non-monotone starts the average of asgd, found --optimizer adam")]
    [InlineData("asgd", 5L, 3, "--t0 5 and --non-monotone 3 both say when the average begins")]
    public void Settings_ThatDoNotGoTogether_AreRefused(string optimizer, long? t0, int nonMonotone, string message)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Optimizer = optimizer, T0 = t0, NonMonotone = nonMonotone });
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => runs.Train("run", options)).Message, StringComparison.Ordinal);
    }

    // Merity et al. 2018, algorithm 1, as it is written: t > n and v > min of logs[0 … t−n−1].
    private static long? FirstTrigger(double[] losses, int interval)
    {
        for (int t = interval + 1; t < losses.Length; t++)
        {
            if (losses[t] > losses[..(t - interval)].Min())
            {
                return t + 1;
            }
        }
        return null;
    }
}
