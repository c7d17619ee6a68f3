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

        if (double.IsFinite(result.TrainingLoss)) // a resumed run that was done already made no step
        {
            output.WriteLine($"training loss    {Loss(result.TrainingLoss)}");
        }

        if (result.ValidationLoss is { } validation)
        {
            output.WriteLine($"validation loss  {Loss(validation)}");
        }

        if (result.BestValidationLoss is { } best)
        {
            output.WriteLine($"best validation  {Loss(best)}");
        }

        output.WriteLine($"run directory    {directory}");
    }

    private static string Loss(double nats) =>
        $"{Figures.Fixed(nats, 4)} nats, perplexity {Figures.Perplexity(nats)}, {Figures.BitsPerCharacter(nats)} bits per character";
}
