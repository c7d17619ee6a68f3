namespace LstmGpu.Reporting;

/// <summary>One report of a running training: after a logged step, or after an evaluation.</summary>
/// <param name="Step">Optimizer updates done.</param>
/// <param name="Steps">Updates the run will have done at its end.</param>
/// <param name="Epoch">Pass over the training text, from 0.</param>
/// <param name="Split"><c>train</c> or <c>validation</c>.</param>
/// <param name="Loss">Mean loss; of a language model in nats per token.</param>
/// <param name="Metrics">Further figures of the task.</param>
/// <param name="LearningRate">Rate of this step.</param>
/// <param name="GradNorm">Global gradient norm before clipping; NaN for an evaluation.</param>
/// <param name="TokensPerSecond">Training throughput since the last report.</param>
/// <param name="Elapsed">Time since this process began to train.</param>
public sealed record TrainingProgress(
    long Step,
    long Steps,
    long Epoch,
    string Split,
    double Loss,
    IReadOnlyList<Metric> Metrics,
    double LearningRate,
    double GradNorm,
    double TokensPerSecond,
    TimeSpan Elapsed);
