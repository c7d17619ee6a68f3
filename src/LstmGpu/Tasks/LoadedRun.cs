using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Layers;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>A checkpoint of a run directory, proven whole, and an open device: what every use of a trained model begins with.</summary>
internal sealed class LoadedRun : IDisposable
{
    private const string Best = "best";
    private const string Last = "last";

    private LoadedRun(RunDirectory directory, RunOptions options, string checkpoint, DeviceOptions device)
    {
        (Directory, Options, Checkpoint) = (directory, options, checkpoint);
        CheckpointStore.Verify(checkpoint);
        State = Training.Checkpoint.ReadState(checkpoint);
        Backend = DeviceCatalog.Open(device);
    }

    public RunDirectory Directory { get; }

    public RunOptions Options { get; }

    /// <summary>Path of the checkpoint.</summary>
    public string Checkpoint { get; }

    public TrainingState State { get; }

    public IBackend Backend { get; }

    /// <param name="directory">A run directory.</param>
    /// <param name="checkpoint"><c>best</c> (falls back to last where there was no evaluation), <c>last</c> or <c>step-N</c>.</param>
    /// <param name="device">Name and threads.</param>
    /// <exception cref="DataException">No such checkpoint, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">config.json cannot be understood.</exception>
    /// <exception cref="DeviceException">The device cannot run.</exception>
    public static LoadedRun Open(string directory, string checkpoint, DeviceOptions device)
    {
        var run = new RunDirectory(directory);
        return new LoadedRun(run, run.ReadOptions(), Find(run, checkpoint), device);
    }

    /// <exception cref="ConfigurationException">The run is of none of these tasks.</exception>
    public void RequireTask(params string[] names)
    {
        string task = Options.Task.Name;
        if (!names.Contains(task))
        {
            throw new ConfigurationException(
                $"'{Directory.Path}' was trained for the task {task}, expected {string.Join(" or ", names)}; use `{TaskCatalog.CommandOf(task)}` or `lstmgpu eval` with it");
        }
    }

    /// <summary>Takes the memory of a planned network and fills its parameters from the checkpoint. A network that fails is disposed.</summary>
    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    /// <exception cref="DataException">The checkpoint holds another architecture.</exception>
    public T Load<T>(T network)
        where T : ITrainable => Load(network, Checkpoint);

    /// <inheritdoc cref="Load{T}(T)"/>
    /// <param name="checkpoint">Path of a checkpoint of the run.</param>
    public T Load<T>(T network, string checkpoint)
        where T : ITrainable
    {
        try
        {
            MemoryPlan.Require(Backend.Device, [.. network.MemoryPlan(), ("device scratch", Backend.ScratchBytes)], () => "use another --device");
            network.Allocate();
            string path = Path.Combine(checkpoint, Training.Checkpoint.ModelFile);
            using SafetensorsReader file = SafetensorsReader.Open(path);
            TensorFile.Load(file, path, Backend, network.Memory);
            network.ParametersChanged();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public void Dispose() => Backend.Dispose();

    private static string Find(RunDirectory run, string checkpoint)
    {
        CheckpointStore store = run.Checkpoints;
        string? found = checkpoint switch
        {
            Best => store.Best() ?? store.Last(),
            Last => store.Last(),
            _ => store.Steps().Select(store.PathOf).FirstOrDefault(p => Path.GetFileName(p) == checkpoint),
        };
        string present = string.Join(", ", store.Steps().Select(s => $"step-{s}"));
        return found ?? throw new DataException($"'{run.Path}' has no checkpoint '{checkpoint}'; it has {(present.Length > 0 ? present : "none: training has not saved yet")}");
    }
}
