using LstmGpu.Tests.Tasks.Forecasting;
using LstmGpu.Tests.Tasks.Sequences;
using LstmGpu.Tests.Training;

namespace LstmGpu.Tests.Tasks;

/// <summary>A small run of every task, shared by the tests of what goes with which.</summary>
public sealed class RunsOfEveryTask : IDisposable
{
    private readonly SmallRuns runs = new();
    private readonly SmallSeries series = new();

    public RunsOfEveryTask()
    {
        runs.Train("char-lm", runs.Options(training: new() { Steps = 2 }));
        runs.Train("word-lm", runs.Options(training: new() { Steps = 2 }) with { Task = new() { Name = "word-lm" } });
        runs.Train("classify", Short(LabelFiles.Classify(LabelFiles.Parity(runs, "bits.csv", 30, longest: 6, seed: 1))));
        runs.Train("tag", Short(LabelFiles.Tag(LabelFiles.Repeats(runs, "data.conll", 20, seed: 1))));
        runs.Train("forecast", Short(series.Options(steps: 2)));
        File.WriteAllText(Sequences, "id,x,z,y\n" + string.Concat(Enumerable.Range(0, 14).SelectMany(n => Enumerable.Range(0, 1 + n % 5).Select(t => $"\"s,{n}\",{n + t},{t},{10 * n}\n"))));
        runs.Train("regress", new RunOptions
        {
            Task = new() { Name = "regress" },
            Model = new() { Hidden = 6 },
            Data = new() { Path = Sequences },
            Forecast = new() { Group = "id", Target = "y", Covariates = "x,z", TestLast = 4 },
            Training = new() { Batch = 4, Steps = 2, EvalEvery = 0, SaveEvery = 0 },
            Device = new() { Name = "cpu", Threads = 1 },
        });
    }

    /// <summary>The table of the run <c>regress</c>: 14 sequences of 1 to 5 rows.</summary>
    public string Sequences => runs.At("sequences.csv");

    /// <summary>The run of a task.</summary>
    public string Of(string task) => runs.At(task);

    public string Write(string name, string text)
    {
        File.WriteAllText(runs.At(name), text);
        return runs.At(name);
    }

    public void Dispose()
    {
        series.Dispose();
        runs.Dispose();
    }

    private static RunOptions Short(RunOptions options) => options with { Training = options.Training with { Steps = 2, Batch = 4, EvalEvery = 0, SaveEvery = 0 } };
}
