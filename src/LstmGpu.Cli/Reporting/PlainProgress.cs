using LstmGpu.Reporting;

namespace LstmGpu.Cli.Reporting;

/// <summary>One line for each report, made of a key and a value at a time: for logs, pipes and <c>grep</c>.</summary>
internal sealed class PlainProgress(TextWriter error, long firstStep) : IProgress<TrainingProgress>
{
    private readonly TimeLeft left = new(firstStep);

    /// <summary>Writes on the caller's thread, so that lines stay in order and the last one is out before the run returns.</summary>
    public void Report(TrainingProgress value) => error.WriteLine(Line(value, left.Of(value)));

    public static string Line(TrainingProgress p, TimeSpan? left)
    {
        string skipped = p.Split == "train" && !double.IsFinite(p.Loss) ? "skipped " : ""; // by --on-nan skip
        string where = $"step {Figures.Plain(p.Step)}/{Figures.Plain(p.Steps)} epoch {Figures.Plain(p.Epoch)}";
        string loss = $"loss {Figures.Fixed(p.Loss, 4)}{MetricText.Terse(p.Metrics)}";
        string elapsed = $"elapsed {Figures.Duration(p.Elapsed)}";
        if (p.Split != "train")
        {
            return $"{p.Split} {where} {loss} {elapsed}";
        }

        string rates = $"lr {Figures.Short(p.LearningRate)} grad {Figures.Fixed(p.GradNorm, 4)} tok/s {Figures.Fixed(p.TokensPerSecond, 0)}";
        return $"{skipped}{where} {loss} {rates} {elapsed} left {(left is { } time ? Figures.Duration(time) : "-")}";
    }
}
