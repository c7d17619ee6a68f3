using LstmGpu.Formats;
using LstmGpu.Layers;

namespace LstmGpu.Training;

/// <summary>The cell and the tensors of a checkpoint against those that the configuration asks for, before anything is allocated or written.</summary>
internal static class CheckpointSizes
{
    /// <exception cref="ConfigurationException">config.json asks for another architecture.</exception>
    /// <exception cref="DataException">The model file, or a tensor that every model has, is missing.</exception>
    public static void Require(string checkpoint, ModelOptions model, int vocabulary, string unit = "characters", string source = "vocabulary.json")
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.ModelFile));
        // Cells of one shape, such as gru and gru-reset-before, differ in nothing else. What says no cell was written while there were LSTMs only.
        Require(checkpoint, "cell", file.Metadata.GetValueOrDefault(Checkpoint.CellKey, "lstm"), model.Cell, "model.cell");
        string name = ModelStack.Name(model.Cell);
        string prefix = name + ".weight_hh_l";
        bool Has(string tensor) => file.Tensors.ContainsKey(tensor);
        TensorEntry recurrent = file.Find(prefix + "0");
        int gates = model.Cell switch { "lstm" => 4, "gru" or "gru-reset-before" => 3, _ => 1 };
        Require(checkpoint, "hidden size", recurrent.Shape[0] / gates, model.Hidden, "model.hidden");
        Require(checkpoint, "projection", Has(name + ".weight_hr_l0") ? recurrent.Shape[1] : 0, model.Projection, "model.projection");
        Require(checkpoint, "recurrent layers", file.Entries.Count(e => e.Name.StartsWith(prefix, StringComparison.Ordinal) && !IsReverse(e)), model.Layers, "model.layers");
        Require(checkpoint, "bidirectional", file.Entries.Any(IsReverse), model.Bidirectional, "model.bidirectional");
        long embedding = file.Tensors.TryGetValue("embedding.weight", out TensorEntry? weight) ? weight.Shape[1] : 0;
        Require(checkpoint, "embedding width", embedding, model.Embedding, "model.embedding");
        Require(checkpoint, "tie", !Has("linear.weight"), model.Tie, "model.tie");
        Require(checkpoint, "peepholes", Has(name + ".weight_peephole_l0"), model.Peepholes, "model.peepholes");
        Require(checkpoint, "layer_norm", Has(name + ".norm_ih_l0"), model.LayerNorm, "model.layer_norm");
        long outputs = file.Find("linear.bias").Shape[0];
        if (outputs != vocabulary)
        {
            throw new ConfigurationException($"checkpoint '{checkpoint}' has {outputs} {unit}, {source} {vocabulary}; restore {source}");
        }
    }

    /// <summary>What only a run that goes on needs: as many streams as carry a state.</summary>
    /// <exception cref="ConfigurationException">config.json asks for another batch.</exception>
    public static void RequireBatch(string checkpoint, int batch)
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.OptimizerFile));
        Require(checkpoint, "batch size", file.Find("carry.h_l0").Shape[0], batch, "training.batch");
    }

    /// <summary>Width of what the first layer reads.</summary>
    public static int InputWidth(string checkpoint, ModelOptions model)
    {
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.ModelFile));
        return (int)file.Find(ModelStack.Name(model.Cell) + ".weight_ih_l0").Shape[1];
    }

    private static bool IsReverse(TensorEntry entry) => entry.Name.EndsWith("_reverse", StringComparison.Ordinal);

    private static void Require<T>(string checkpoint, string what, T found, T configured, string setting)
    {
        if (!Equals(found, configured))
        {
            throw new ConfigurationException(
                $"checkpoint '{checkpoint}' has {what} {Text(found)}, the configuration {Text(configured)}; set {setting} to {Text(found)} in config.json, or train with another --out");
        }
    }

    // As config.json has it.
    private static string Text<T>(T value) => value is bool on ? (on ? "true" : "false") : $"{value}";
}
