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
    /// <param name="loss">Mean cross-entropy in nats per character; perplexity and bits per character follow from it.</param>
    /// <param name="gradNorm">Global gradient norm before clipping.</param>
    public void AppendTraining(long step, long epoch, double loss, double learningRate, double gradNorm)
    {
        var json = Begin(step, epoch, "train"u8, loss);
        json.WriteFinite("learning_rate"u8, learningRate);
        json.WriteFinite("grad_norm"u8, gradNorm);
        file.End();
    }

    /// <summary>Appends a row of the split <c>validation</c>.</summary>
    /// <param name="loss">Mean cross-entropy in nats per character.</param>
    public void AppendValidation(long step, long epoch, double loss)
    {
        Begin(step, epoch, "validation"u8, loss);
        file.End();
    }

    /// <inheritdoc cref="JsonLinesFile.Sync"/>
    public void Sync() => file.Sync();

    /// <inheritdoc cref="JsonLinesFile.Length"/>
    public long Length => file.Length;

    /// <inheritdoc cref="JsonLinesFile.CutTo"/>
    public static void CutTo(string path, long length) => JsonLinesFile.CutTo(path, length);

    public void Dispose() => file.Dispose();

    private System.Text.Json.Utf8JsonWriter Begin(long step, long epoch, ReadOnlySpan<byte> split, double loss)
    {
        var json = file.Begin(step);
        json.WriteNumber("epoch"u8, epoch);
        json.WriteString("split"u8, split);
        json.WriteFinite("loss"u8, loss);
        json.WriteFinite("perplexity"u8, Math.Exp(loss));
        json.WriteFinite("bits_per_character"u8, loss / Math.Log(2));
        return json;
    }
}
