using System.Text.Json;
using LstmGpu.Formats;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Tests.Training;

/// <summary>A text and the runs on it, in a directory that lives as long as one test.</summary>
internal sealed class SmallRuns : IDisposable
{
    /// <summary>Characters that leave 3 streams of 50 for training: 9 windows of 5 in an epoch, and 12 characters held out per stream.</summary>
    public const int Characters = 188;

    public const int WindowsPerEpoch = 9;

    public SmallRuns(int characters = Characters)
    {
        Corpus = At("corpus.txt");
        File.WriteAllText(Corpus, GoldenRun.Text(characters));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("lstmgpu-").FullName;

    public string Corpus { get; }

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>Small enough to take milliseconds, with every line logged.</summary>
    public RunOptions Options(ModelOptions? model = null, TrainingOptions? training = null, double validation = 0.2, int threads = 1, string device = "cpu") => new()
    {
        Model = model ?? new() { Embedding = 4, Hidden = 6, Layers = 1 },
        Data = new() { Path = Corpus, ValidationFraction = validation },
        Training = (training ?? new()) with { Batch = 3, Bptt = 5, LogEvery = 1 },
        Device = new() { Name = device, Threads = threads },
    };

    /// <summary>Trains into <paramref name="name"/>; cancelled during step <paramref name="interruptAt"/>, if that is given.</summary>
    public TrainingResult Train(string name, RunOptions options, long? interruptAt = null)
    {
        using TrainingRun run = TrainingRun.Create(options, At(name));
        using CancellationTokenSource cancel = new();
        return run.Run(new Interrupter(interruptAt, cancel), cancel.Token);
    }

    public TrainingResult Resume(string name, long? steps = null, long? interruptAt = null)
    {
        using TrainingRun run = TrainingRun.Resume(At(name), new ResumeOptions(Steps: steps));
        using CancellationTokenSource cancel = new();
        return run.Run(new Interrupter(interruptAt, cancel), cancel.Token);
    }

    public byte[] Metrics(string name) => File.ReadAllBytes(Path.Combine(At(name), "metrics.jsonl"));

    public CheckpointStore Checkpoints(string name) => new(At(name));

    /// <summary>A file of the last checkpoint.</summary>
    public string LastFile(string name, string file) => Path.Combine(Checkpoints(name).Last()!, file);

    /// <summary>The lines of <c>metrics.jsonl</c>.</summary>
    public IReadOnlyList<JsonElement> Rows(string name) =>
        [.. File.ReadLines(Path.Combine(At(name), "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>The tensors of a file of the last checkpoint.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<long> Shape, float[] Values)> Tensors(string name, string file) => TensorsOf(LastFile(name, file));

    public IReadOnlyList<(string Name, IReadOnlyList<long> Shape, float[] Values)> TensorsOf(string path)
    {
        using SafetensorsReader file = SafetensorsReader.Open(path);
        return [.. file.Entries.Select(entry =>
        {
            float[] values = new float[entry.Count];
            file.Read(entry.Name, values);
            return (entry.Name, entry.Shape, values);
        })];
    }

    /// <summary>The options with parameters of their seed that <paramref name="edit"/> has changed.</summary>
    public RunOptions WithInit(RunOptions options, Action<IReadOnlyDictionary<string, float[]>> edit)
    {
        // A step that changes nothing: the parameters as they were drawn.
        Train("drawn", options with { Training = options.Training with { Optimizer = "sgd", LearningRate = 1e-30, Steps = 1, EvalEvery = 0 } });
        var tensors = Tensors("drawn", "model.safetensors");
        edit(tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Values));
        string init = At("init.safetensors");
        SafetensorsWriter.Write(init, [.. tensors.Select(t => new TensorToWrite(t.Name, t.Shape, t.Values))], new Dictionary<string, string>());
        return options with { Training = options.Training with { Init = init } };
    }

    /// <summary>The files of a run that a resumed run must repeat byte by byte.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Results(string name)
    {
        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors", "state.json"])
        {
            yield return ($"{Path.GetFileName(Checkpoints(name).Last())}/{file}", File.ReadAllBytes(LastFile(name, file)));
        }
        yield return ("metrics.jsonl", Metrics(name));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    // Not Progress<T>, which reports later and on another thread.
    private sealed class Interrupter(long? step, CancellationTokenSource cancel) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Split == "train" && value.Step == step)
            {
                cancel.Cancel();
            }
        }
    }
}
