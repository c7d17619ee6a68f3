namespace LstmGpu;

/// <summary>What an evaluation found.</summary>
/// <param name="Loss">Mean loss over the data.</param>
/// <param name="Metrics">Further figures of the task, in the order in which they are shown.</param>
public sealed record Evaluation(double Loss, IReadOnlyList<Metric> Metrics)
{
    /// <summary>A figure by name; <c>loss</c> is one.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public double this[string name] => name == "loss" ? Loss
        : Metrics.Where(metric => metric.Name == name).Select(metric => (double?)metric.Value).FirstOrDefault()
        ?? throw new ArgumentException($"there is no metric '{name}'; there are: loss, {string.Join(", ", Metrics.Select(metric => metric.Name))}", nameof(name));
}

/// <summary>A figure by its name in <c>metrics.jsonl</c>, such as <c>accuracy</c>.</summary>
public readonly record struct Metric(string Name, double Value);

/// <summary>The figure that decides which checkpoint is the best.</summary>
public readonly record struct Objective(string Metric, bool HigherIsBetter)
{
    public static Objective LowestLoss => new("loss", HigherIsBetter: false);

    /// <summary>Whether a value is a new best; the first always is, NaN never.</summary>
    public bool IsBetter(double value, double? best) => !double.IsNaN(value) && (best is not { } old || (HigherIsBetter ? value > old : value < old));
}
