namespace LstmGpu.Formats;

/// <summary>
/// <c>metrics.jsonl</c>: what was learnt, nothing of how fast, so that a resumed run leaves the same bytes as an uninterrupted one.
/// Timings go to <see cref="PerformanceLog"/>.
/// </summary>
/// <exception cref="DataException">From the constructor and every append: the file system refused.</exception>
internal sealed class MetricsLog(string path) : IDisposable
{
    private readonly JsonLinesFile file = new(path);

    /// <summary>Appends a row of the split <c>train</c>.</summary>
    /// <param name="metrics">Further figures of the task, each written under its name.</param>
    /// <param name="gradNorm">Global gradient norm before clipping.</param>
    public void AppendTraining(long step, long epoch, double loss, IReadOnlyList<Metric> metrics, double learningRate, double gradNorm)
    {
        var json = Begin(step, epoch, "train"u8, loss, metrics);
        json.WriteFinite("learning_rate"u8, learningRate);
        json.WriteFinite("grad_norm"u8, gradNorm);
        file.End();
    }

    /// <summary>Appends a row of the split <c>validation</c>.</summary>
    /// <inheritdoc cref="AppendTraining"/>
    public void AppendValidation(long step, long epoch, double loss, IReadOnlyList<Metric> metrics)
    {
        Begin(step, epoch, "validation"u8, loss, metrics);
        file.End();
    }

    /// <inheritdoc cref="JsonLinesFile.Sync"/>
    public void Sync() => file.Sync();

    /// <inheritdoc cref="JsonLinesFile.Length"/>
    public long Length => file.Length;

    /// <inheritdoc cref="JsonLinesFile.CutTo"/>
    public static void CutTo(string path, long length) => JsonLinesFile.CutTo(path, length);

    public void Dispose() => file.Dispose();

    private System.Text.Json.Utf8JsonWriter Begin(long step, long epoch, ReadOnlySpan<byte> split, double loss, IReadOnlyList<Metric> metrics)
    {
        var json = file.Begin(step);
        json.WriteNumber("epoch"u8, epoch);
        json.WriteString("split"u8, split);
        json.WriteFinite("loss"u8, loss);
        for (int n = 0; n < metrics.Count; n++) // an enumerator would be an allocation
        {
            json.WriteFinite(metrics[n].Name, metrics[n].Value);
        }
        return json;
    }
}
