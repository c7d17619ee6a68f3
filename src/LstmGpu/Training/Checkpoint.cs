using System.Text.Json;
using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>
/// A checkpoint's files: <c>model.safetensors</c> (parameters under PyTorch's names, device-free), <c>optimizer.safetensors</c> (moments, and
/// the hidden state that the next window starts from) and <c>state.json</c>. Of an ASGD run the model is the average, which is what it is used with;
/// the parameters that training goes on with are beside the moments, as <c>raw.…</c>.
/// </summary>
internal static class Checkpoint
{
    public const string ModelFile = "model.safetensors";
    public const string OptimizerFile = "optimizer.safetensors";
    /// <summary>Metadata of the model file: the cell, as <c>model.cell</c> spells it.</summary>
    public const string CellKey = "cell";
    private const string StateFile = "state.json";
    private const string Raw = "raw.";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static void Write(string directory, IBackend backend, Trainer trainer, TrainingState state)
    {
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        Arena parameters = trainer.Network.Memory.Parameters;
        Arena? average = trainer.Optimizer.Average;
        IEnumerable<Arena> stored = trainer.Network.Memory.Stored.Select(arena => arena == parameters ? average ?? parameters : arena);
        SafetensorsWriter.Write(Path.Combine(directory, ModelFile), [.. stored.SelectMany(arena => TensorFile.Read(backend, arena))], new Dictionary<string, string>(metadata) { [CellKey] = trainer.Network.Cell });
        var moments = trainer.Optimizer.State.SelectMany(s => TensorFile.Read(backend, s.Moments, s.Name + "."));
        IEnumerable<TensorToWrite> raw = average is null ? [] : TensorFile.Read(backend, parameters, Raw);
        SafetensorsWriter.Write(Path.Combine(directory, OptimizerFile), [.. moments, .. raw, .. ReadCarried(backend, trainer)], metadata);
        DurableFile.WriteAllBytes(Path.Combine(directory, StateFile), JsonSerializer.SerializeToUtf8Bytes(state, Json));
    }

    /// <exception cref="DataException">A file is missing or malformed, or holds another architecture.</exception>
    public static void Load(string directory, IBackend backend, Trainer trainer)
    {
        string modelPath = Path.Combine(directory, ModelFile);
        using (SafetensorsReader model = SafetensorsReader.Open(modelPath))
        {
            Arena parameters = trainer.Network.Memory.Parameters;
            foreach (Arena arena in trainer.Network.Memory.Stored)
            {
                TensorFile.Load(model, modelPath, backend, arena == parameters ? trainer.Optimizer.Average ?? parameters : arena);
            }
        }
        string optimizerPath = Path.Combine(directory, OptimizerFile);
        using SafetensorsReader optimizer = SafetensorsReader.Open(optimizerPath);
        if (trainer.Optimizer.Average is not null)
        {
            TensorFile.Load(optimizer, optimizerPath, backend, trainer.Network.Memory.Parameters, Raw);
        }
        foreach ((string name, Arena moments) in trainer.Optimizer.State)
        {
            TensorFile.Load(optimizer, optimizerPath, backend, moments, name + ".");
        }
        foreach ((string name, DeviceSlice<float> slice, long[] shape) in trainer.Network.Carried)
        {
            TensorFile.Load(optimizer, optimizerPath, backend, slice, name, shape);
        }
    }

    /// <exception cref="DataException">The file is missing or malformed.</exception>
    public static TrainingState ReadState(string directory)
    {
        string path = Path.Combine(directory, StateFile);
        try
        {
            TrainingState? state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(path), Json);
            if (state is not { Version: >= 1 and <= TrainingState.CurrentVersion, Step: >= 0 })
            {
                throw new DataException($"'{path}' has version {state?.Version}, expected 1 to {TrainingState.CurrentVersion}; it was written by another version of lstmgpu");
            }
            return state;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new DataException($"cannot read '{path}': {error.Message}; use an earlier checkpoint of the run", error);
        }
    }

    private static IEnumerable<TensorToWrite> ReadCarried(IBackend backend, Trainer trainer) =>
        trainer.Network.Carried.Select(c => TensorFile.Read(backend, c.Slice, c.Name, c.Shape));
}
