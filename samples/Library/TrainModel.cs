using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Samples;

/// <summary>Trains a character model on a text, on the best device present, into a run directory that <c>lstmgpu</c> reads as well.</summary>
public static class TrainModel
{
    public static void Run(string text, string directory, long steps, TextWriter output)
    {
        RunOptions options = new()
        {
            Model = new() { Cell = "lstm", Hidden = 128, Layers = 1, OutputDropout = 0.2 },
            Data = new() { Path = text },
            Training = new() { Steps = steps, Batch = 16, Bptt = 64, LearningRate = 3e-3, ClipNorm = 1, EvalEvery = steps },
        };
        using TrainingRun run = TrainingRun.Create(options, directory);
        TrainingResult result = run.Run(new Lines(output));
        output.WriteLine(FormattableString.Invariant($"step {result.Step}: validation loss {result.Validation?.Loss:F4} in {result.Elapsed.TotalSeconds:F0} s"));
    }

    private sealed class Lines(TextWriter output) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => output.WriteLine(FormattableString.Invariant($"{value.Split} {value.Step}: {value.Loss:F4}"));
    }
}
