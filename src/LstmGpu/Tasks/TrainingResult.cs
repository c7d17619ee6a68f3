namespace LstmGpu.Tasks;

/// <summary>How a run ended.</summary>
/// <param name="Interrupted">It was cancelled and saved before the last step.</param>
/// <param name="TrainingLoss">Loss of the last step.</param>
/// <param name="TrainingMetrics">What follows from that loss, such as the perplexity.</param>
/// <param name="Validation">The held-out data at the end; null without any, or when interrupted.</param>
/// <param name="Objective">The figure by which a checkpoint is the best.</param>
/// <param name="BestValue">Its best value in the run; null before the first evaluation.</param>
/// <param name="OutOfPatience">It ended before the last step because <c>--patience</c> evaluations brought no new best.</param>
public sealed record TrainingResult(
    bool Interrupted, long Step, double TrainingLoss, IReadOnlyList<Metric> TrainingMetrics, Evaluation? Validation, Objective Objective, double? BestValue,
    TimeSpan Elapsed, double TokensPerSecond, bool OutOfPatience = false)
{
    /// <summary>It ended before the last step because <c>--max-time</c> was over.</summary>
    public bool OutOfTime { get; init; }

    /// <summary>Steps of the whole run that <c>--on-nan skip</c> passed over.</summary>
    public long Skipped { get; init; }

    /// <summary>Every step trained on the first batch.</summary>
    public bool OverfitBatch { get; init; }
}
