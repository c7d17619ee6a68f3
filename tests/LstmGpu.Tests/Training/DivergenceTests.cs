using LstmGpu.Formats;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using Xunit;

namespace LstmGpu.Tests.Training;

public sealed class DivergenceTests
{
    [Fact]
    public void Training_WhoseUpdateOverflows_NamesTheTensorAndKeepsTheLastGoodCheckpoint()
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Optimizer = "sgd", LearningRate = 1e-2, ClipNorm = 0, WeightDecay = 1, Steps = 20, SaveEvery = 1, EvalEvery = 0 });
        runs.Train("run", options with { Training = options.Training with { Steps = 3 } });
        // The loss of step 4 is still good; w − 1e38·(g + 10·w) is not, and must not be saved.
        EditConfiguration(runs, "\"learning_rate\": 0.01", "\"learning_rate\": 1E+38");
        EditConfiguration(runs, "\"weight_decay\": 1", "\"weight_decay\": 10");

        DivergedException error = Assert.Throws<DivergedException>(() => runs.Resume("run", 20));

        Assert.Contains("training diverged at step 4: the update left the range of float", error.Message, StringComparison.Ordinal);
        Assert.Contains("first bad tensor: parameter 'embedding.weight'", error.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], runs.Checkpoints("run").Steps());
        foreach (long step in runs.Checkpoints("run").Steps())
        {
            string checkpoint = runs.Checkpoints("run").PathOf(step);
            CheckpointStore.Verify(checkpoint);
            Assert.All(Tensors(Path.Combine(checkpoint, "model.safetensors")), tensor => Assert.All(tensor.Values, x => Assert.True(float.IsFinite(x), tensor.Name)));
        }
        // The checkpoint is good enough to go on from with a sane rate.
        EditConfiguration(runs, "\"learning_rate\": 1E+38", "\"learning_rate\": 0.01");
        Assert.Equal(5, runs.Resume("run", 5).Step);
    }

    [Fact]
    public void Train_WithAnAbsurdRate_ExitsWithFiveAndNamesATensor()
    {
        using SmallRuns runs = new();
        (int code, _, string error) = Shell.Run(
            "train", "--data", runs.Corpus, "--out", runs.At("run"), "--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4", "--optimizer", "sgd",
            "--lr", "1e30", "--clip-norm", "0", "--steps", "200", "--save-every", "1", "--eval-every", "0", "--threads", "1");

        Assert.Equal(5, code);
        string last = error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("lstmgpu: training diverged at step 2: loss ", last, StringComparison.Ordinal);
        Assert.Contains("first bad tensor", last, StringComparison.Ordinal);
        Assert.Contains("lower --lr (1E+30) or set --clip-norm", last, StringComparison.Ordinal);
        CheckpointStore.Verify(runs.Checkpoints("run").Last()!);
    }

    [Theory]
    [InlineData("linear.weight")]
    [InlineData("lstm.weight_hh_l0")]
    [InlineData("lstm.bias_ih_l0")]
    public void Init_WithANaN_NamesTheParameter(string name)
    {
        using SmallRuns runs = new();
        RunOptions options = runs.Options(training: new() { Steps = 2 });
        runs.Train("good", options);
        string init = runs.At("init.safetensors");
        List<(string Name, IReadOnlyList<long> Shape, float[] Values)> tensors = Tensors(runs.LastFile("good", "model.safetensors"));
        tensors.Single(tensor => tensor.Name == name).Values[^1] = float.NaN;
        SafetensorsWriter.Write(init, [.. tensors.Select(t => new TensorToWrite(t.Name, t.Shape, t.Values))], new Dictionary<string, string>());

        DivergedException error = Assert.Throws<DivergedException>(() => runs.Train("bad", options with { Training = options.Training with { Init = init } }));

        Assert.Contains($"at step 1: loss NaN, expected a finite number; first bad tensor: parameter '{name}'", error.Message, StringComparison.Ordinal);
        Assert.Empty(runs.Checkpoints("bad").Steps());
    }

    private static void EditConfiguration(SmallRuns runs, string from, string to)
    {
        string file = Path.Combine(runs.At("run"), "config.json");
        string text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    private static List<(string Name, IReadOnlyList<long> Shape, float[] Values)> Tensors(string path)
    {
        using SafetensorsReader file = SafetensorsReader.Open(path);
        return [.. file.Entries.Select(entry =>
        {
            float[] values = new float[entry.Count];
            file.Read(entry.Name, values);
            return (entry.Name, entry.Shape, values);
        })];
    }
}
