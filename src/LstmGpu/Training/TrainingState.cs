using System.Text.Json.Serialization;

namespace LstmGpu.Training;

/// <summary>What a checkpoint keeps beside its tensors: <c>state.json</c>. Data cursor, dropout and every schedule but plateau follow from the step.</summary>
/// <param name="Version">Of this file's form: 3 with skipped steps, a trigger of averaging or a loss scale, else 2. Version 1 knew no plateau and no patience.</param>
/// <param name="Step">Steps done: optimizer updates, and those that were skipped.</param>
/// <param name="BestStep">Step of the best scheduled evaluation, null before the first.</param>
/// <param name="BestLoss">What the task's objective was there: a loss, or a figure such as the accuracy.</param>
/// <param name="MetricsBytes">Length of <c>metrics.jsonl</c> when the checkpoint was written.</param>
/// <param name="Bptt">Steps of a window: the data cursor counts in windows.</param>
/// <param name="CorpusSha256">The data that the step counts in: other data would be another run.</param>
/// <param name="Plateau">What the evaluations have made of the learning rate; null under another schedule.</param>
/// <param name="SinceBest">Scheduled evaluations since the best: what --patience counts.</param>
/// <param name="NonMonotone">What the evaluations say of the start of ASGD's average; null without <c>--non-monotone</c>, and then not written.</param>
/// <param name="LossScale">How the next step scales its loss; null where products do not round to fp16, and then not written.</param>
/// <param name="Skips">Steps without an update; null without any, and then not written.</param>
/// <param name="Batch">Sequences of a batch, which the data cursor counts in; null in a checkpoint from before it was kept.</param>
internal sealed record TrainingState(int Version, long Step, long? BestStep, double? BestLoss, long MetricsBytes, int Bptt, string CorpusSha256, Plateau? Plateau = null, int SinceBest = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NonMonotone? NonMonotone = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Skips? Skips = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LossScale? LossScale = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Batch = null)
{
    public const int CurrentVersion = 3;

    /// <summary>The version of a state with or without what is new in 3, so that a run that uses none of it leaves the same bytes as ever.</summary>
    public static int VersionOf(NonMonotone? nonMonotone, Skips? skips, LossScale? scale) => nonMonotone is null && skips is null && scale is null ? 2 : CurrentVersion;
}
