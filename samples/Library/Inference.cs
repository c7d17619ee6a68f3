using LstmGpu.Tasks;

namespace LstmGpu.Samples;

/// <summary>Loads the best checkpoint of a run, evaluates it on what was held out, and lets it write.</summary>
public static class Inference
{
    public static void Run(string directory, TextWriter output)
    {
        using TrainedModel model = TrainedModel.Load(directory, "best", new DeviceOptions { Name = "auto" });
        output.WriteLine(FormattableString.Invariant($"step {model.Step}: {model.Evaluate().Loss:F4} nats per character on {model.Device.Name}"));
        foreach (string character in model.Generate(prime: "", length: 200, new SamplingOptions(Temperature: 0.7, Seed: 1)))
        {
            output.Write(character);
        }
        output.WriteLine();
    }
}
