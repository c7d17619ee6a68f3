using LstmGpu.Reporting;
using Microsoft.Extensions.Logging;

namespace LstmGpu.Tasks;

/// <summary>Trains a character language model into a run directory, from the start or from a checkpoint.</summary>
public sealed class TrainingRun : IDisposable
{
    /// <summary>Checks options, corpus and device, and plans memory. Writes nothing and allocates no arena.</summary>
    /// <exception cref="ConfigurationException">Settings that do not go together, or a run directory that is not empty.</exception>
    /// <exception cref="DataException">The corpus, vocabulary or init file cannot be used.</exception>
    /// <exception cref="DeviceException">The device is absent or too small.</exception>
    public static TrainingRun Create(RunOptions options, string directory, ILoggerFactory? logs = null) => throw new NotImplementedException();

    /// <summary>Continues a run from its last valid checkpoint, bit for bit.</summary>
    public static TrainingRun Resume(string directory, ResumeOptions changes, ILoggerFactory? logs = null) => throw new NotImplementedException();

    /// <summary>Where the run is written.</summary>
    public string Directory => throw new NotImplementedException();

    /// <summary>The options as resolved (null settings filled in).</summary>
    public RunOptions Options => throw new NotImplementedException();

    public RunPlan Plan => throw new NotImplementedException();

    /// <summary>Optimizer updates done so far.</summary>
    public long Step => throw new NotImplementedException();

    /// <summary>Trains to the end, or finishes the step, saves and returns when <paramref name="cancel"/> fires.</summary>
    /// <exception cref="DivergedException">NaN or infinity; the last good checkpoint stays.</exception>
    public TrainingResult Run(IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}

/// <summary>What may change when a run is resumed; null leaves a setting as it was.</summary>
public sealed record ResumeOptions(long? Steps = null, string? Device = null, int? Threads = null);

/// <summary>How a run ended.</summary>
/// <param name="Interrupted">It was cancelled and saved before the last step.</param>
/// <param name="ValidationLoss">Nats per character on the held-out text; null without one or when interrupted.</param>
/// <param name="BestValidationLoss">The lowest of the run.</param>
public sealed record TrainingResult(bool Interrupted, long Step, double TrainingLoss, double? ValidationLoss, double? BestValidationLoss, TimeSpan Elapsed, double TokensPerSecond);
