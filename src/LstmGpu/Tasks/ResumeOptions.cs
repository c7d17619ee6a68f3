namespace LstmGpu.Tasks;

/// <summary>What may change when a run is resumed; null leaves a setting as it was.</summary>
/// <param name="MaxTime">As <see cref="TrainingOptions.MaxTime"/>, or <see cref="NoMaxTime"/>.</param>
public sealed record ResumeOptions(long? Steps = null, string? Device = null, int? Threads = null, int? Patience = null, string? MaxTime = null, string? Precision = null, string? Gemm = null)
{
    /// <summary>Takes the limit of time away.</summary>
    public const string NoMaxTime = "none";
}
