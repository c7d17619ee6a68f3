namespace LstmGpu.Formats;

/// <summary><c>performance.jsonl</c>: how fast a run went and what it held. Differs from run to run.</summary>
/// <exception cref="DataException">From the constructor and every append: the file system refused.</exception>
internal sealed class PerformanceLog(string path) : IDisposable
{
    private readonly JsonLinesFile file = new(path);

    /// <param name="milliseconds">Wall-clock time of a step, mean since the last row.</param>
    /// <param name="deviceBytes">Bytes of all arenas.</param>
    public void Append(long step, double tokensPerSecond, double milliseconds, long deviceBytes)
    {
        var json = file.Begin(step);
        json.WriteFinite("tokens_per_second"u8, tokensPerSecond);
        json.WriteFinite("milliseconds"u8, milliseconds);
        json.WriteNumber("device_bytes"u8, deviceBytes);
        file.End();
    }

    /// <inheritdoc cref="JsonLinesFile.Truncate"/>
    public static void Truncate(string path, long step) => JsonLinesFile.Truncate(path, step);

    public void Dispose() => file.Dispose();
}
