using LstmGpu.Formats;
using LstmGpu.Layers;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>The inputs and outputs of a checkpoint against those that the configuration asks for.</summary>
internal static class ForecastFit
{
    /// <exception cref="ConfigurationException">config.json asks for another architecture.</exception>
    public static void Require(string checkpoint, RunOptions options, int features, int outputs)
    {
        using (SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.ModelFile)))
        {
            Require(checkpoint, "outputs", file.Find("linear.bias").Shape[0], outputs, "forecast.horizon");
            if (file.Tensors.TryGetValue(ModelStack.Name(options.Model.Cell) + ".weight_ih_l0", out TensorEntry? weight))
            {
                Require(checkpoint, "input columns", weight.Shape[1], features, "forecast.covariates, forecast.season and forecast.calendar");
            }
        }
        CheckpointSizes.Require(checkpoint, options.Model with { Embedding = 0 }, outputs);
    }

    private static void Require(string checkpoint, string what, long found, int expected, string setting)
    {
        if (found != expected)
        {
            throw new ConfigurationException(
                $"checkpoint '{checkpoint}' has {found} {what}, the configuration asks for {expected}; restore {setting} in config.json, or train with another --out");
        }
    }
}
