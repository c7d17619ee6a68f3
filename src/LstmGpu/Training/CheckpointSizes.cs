using LstmGpu.Formats;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The sizes of a checkpoint's tensors against those that the configuration asks for, before anything is allocated or written.</summary>
internal static class CheckpointSizes
{
    /// <exception cref="ConfigurationException">config.json asks for another architecture.</exception>
    /// <exception cref="DataException">The model file, or a tensor that every model has, is missing.</exception>
    public static void Require(string checkpoint, ModelOptions model, int vocabulary)
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.ModelFile));
        string prefix = ModelStack.Name(model.Cell) + ".weight_hh_l";
        TensorEntry recurrent = file.Find(prefix + "0");
        int gates = model.Cell switch { "lstm" => 4, "gru" or "gru-reset-before" => 3, _ => 1 };
        Require(checkpoint, "hidden size", recurrent.Shape[0] / gates, model.Hidden, "model.hidden");
        Require(checkpoint, "output width", recurrent.Shape[1], model.Projection > 0 ? model.Projection : model.Hidden, "model.projection");
        Require(checkpoint, "recurrent layers", file.Entries.Count(e => e.Name.StartsWith(prefix, StringComparison.Ordinal)), model.Layers, "model.layers");
        long embedding = file.Tensors.TryGetValue("embedding.weight", out TensorEntry? weight) ? weight.Shape[1] : 0;
        Require(checkpoint, "embedding width", embedding, model.Embedding, "model.embedding");
        long characters = file.Find("linear.bias").Shape[0];
        if (characters != vocabulary)
        {
            throw new ConfigurationException($"checkpoint '{checkpoint}' has {characters} characters, vocabulary.json {vocabulary}; restore vocabulary.json");
        }
    }

    /// <summary>What only a run that goes on needs: as many streams as carry a state.</summary>
    /// <exception cref="ConfigurationException">config.json asks for another batch.</exception>
    public static void RequireBatch(string checkpoint, int batch)
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.OptimizerFile));
        Require(checkpoint, "batch size", file.Find("carry.h_l0").Shape[0], batch, "training.batch");
    }

    private static void Require(string checkpoint, string what, long found, long configured, string setting)
    {
        if (found != configured)
        {
            throw new ConfigurationException(
                $"checkpoint '{checkpoint}' has {what} {found}, the configuration {configured}; set {setting} to {found} in config.json, or train with another --out");
        }
    }
}
