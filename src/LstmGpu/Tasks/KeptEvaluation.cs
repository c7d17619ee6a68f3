namespace LstmGpu.Tasks;

/// <summary><c>evaluation.json</c>: the held-out data under the weights of a step.</summary>
internal sealed record KeptEvaluation(long Step, LabelEvaluation Evaluation);
