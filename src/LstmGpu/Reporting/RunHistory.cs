namespace LstmGpu.Reporting;

/// <summary>What the files of a run tell, ready to be drawn.</summary>
/// <param name="Name">Of the run directory.</param>
/// <param name="Facts">Names and values: steps, best checkpoint, device, text.</param>
/// <param name="Settings">Path, value and default of each setting that is not the default.</param>
/// <param name="Training">Rows of the split train.</param>
/// <param name="Validation">Rows of the split validation.</param>
/// <param name="Speed">Tokens per second.</param>
/// <param name="Samples">Text that the model wrote, by step.</param>
internal sealed record RunHistory(
    string Name,
    IReadOnlyList<(string Name, string Value)> Facts,
    IReadOnlyList<(string Path, string Value, string Default)> Settings,
    IReadOnlyList<MetricsRow> Training,
    IReadOnlyList<CurvePoint> Validation,
    IReadOnlyList<CurvePoint> Speed,
    IReadOnlyList<(long Step, string Text)> Samples)
{
    /// <summary>What the loss is measured in.</summary>
    public string LossUnit { get; init; } = "";

    /// <summary>Figures of the held-out data beside the loss, such as the accuracy; null: there are none.</summary>
    public CurveChart? Scores { get; init; }

    /// <summary>Of the best checkpoint on the held-out data; null: the task has no labels, or nothing was held out.</summary>
    public ConfusionTable? Confusion { get; init; }

    /// <summary>null: the model has no embedding, or nothing was saved.</summary>
    public EmbeddingPicture? Embedding { get; init; }

    /// <summary>Gates along a text; null: another task, or a cell without gates.</summary>
    public GateMap? Gates { get; init; }

    /// <summary>Of the held-out rows of a table: truth, forecast and baseline; empty of other tasks.</summary>
    public IReadOnlyList<Curve> Forecasts { get; init; } = [];
}

/// <summary>One line of <c>metrics.jsonl</c>; NaN where it has no such number.</summary>
internal readonly record struct MetricsRow(long Step, bool IsTraining, double Loss, double LearningRate, double GradNorm);
