using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tests.Training;

namespace LstmGpu.Tests.Tasks;

/// <summary>A small LSTM that was trained on the Reber grammar, once for all tests of a class.</summary>
public sealed class ReberRun : IDisposable
{
    private readonly SmallRuns runs = new();

    public ReberRun()
    {
        RunOptions options = runs.Options(new() { Embedding = 0, Hidden = 16 }, new() { Steps = 1500, LearningRate = 0.03, Schedule = "cosine", EvalEvery = 0, SaveEvery = 0 });
        options = options with
        {
            Data = options.Data with { Path = Write("reber.txt", ReberGrammar.Lines(seed: 7, count: 4000, embedded: false)) },
            Training = options.Training with { Batch = 16, Bptt = 32, LogEvery = 500 },
        };
        runs.Train("run", options);
        Model = TrainedModel.Load(Directory, "last", options.Device);
    }

    public string Directory => runs.At("run");

    public TrainedModel Model { get; }

    public string Write(string name, IEnumerable<string> lines)
    {
        File.WriteAllText(runs.At(name), string.Concat(lines.Select(line => line + "\n")));
        return runs.At(name);
    }

    public void Dispose()
    {
        Model.Dispose();
        runs.Dispose();
    }
}
