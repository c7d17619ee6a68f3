using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>How a training ended, as text.</summary>
internal static class ResultReport
{
    public static void Write(TrainingResult result, string directory, TextWriter output)
    {
        string speed = Figures.Fixed(result.TokensPerSecond, 0);
        output.WriteLine($"steps            {Figures.Count(result.Step)}, elapsed {Figures.Duration(result.Elapsed)}, {speed} tokens/s");
        if (result.OutOfPatience)
        {
            output.WriteLine($"ended early      no new best in --patience evaluations; continue with: lstmgpu resume {directory} --patience N, N larger or 0");
        }

        if (result.OutOfTime)
        {
            output.WriteLine($"ended early      --max-time is over; continue with: lstmgpu resume {directory}, which has as much time again");
        }

        if (result.Skipped > 0)
        {
            output.WriteLine($"skipped steps    {Figures.Count(result.Skipped)}, whose loss or gradient norm was not finite");
        }

        if (result.OverfitBatch)
        {
            output.WriteLine("overfit batch    every step was on the first batch; the training loss says whether it is known by heart, nothing else was evaluated");
        }

        if (double.IsFinite(result.TrainingLoss)) // a resumed run that was done already made no step
        {
            output.WriteLine($"training loss    {MetricText.Sentence(result.TrainingLoss, result.TrainingMetrics)}");
        }

        if (result.Validation is { } validation)
        {
            output.WriteLine($"validation loss  {MetricText.Sentence(validation.Loss, validation.Metrics)}");
        }

        if (result.BestValue is { } best)
        {
            output.WriteLine($"best validation  {MetricText.Words(result.Objective.Metric)} {Figures.Fixed(best, 4)}");
        }

        output.WriteLine($"run directory    {directory}");
    }
}
