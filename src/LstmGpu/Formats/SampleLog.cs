namespace LstmGpu.Formats;

/// <summary><c>samples.jsonl</c>: text that the model wrote, and the step whose weights wrote it.</summary>
internal static class SampleLog
{
    /// <exception cref="DataException">The file system refused.</exception>
    public static void Append(string path, long step, string text)
    {
        using var file = new JsonLinesFile(path);
        file.Begin(step).WriteString("text"u8, text);
        file.End();
    }

    /// <summary>One text for each step, the one that was written last, in the order of the steps.</summary>
    /// <exception cref="DataException">A line before the last is malformed, or the file cannot be read.</exception>
    public static IReadOnlyList<(long Step, string Text)> Read(string path) =>
    [
        .. JsonLinesReader.Read(path, row => (Step: row.GetProperty("step").GetInt64(), Text: row.GetProperty("text").GetString() ?? ""))
            .GroupBy(sample => sample.Step).Select(group => group.Last()).OrderBy(sample => sample.Step),
    ];
}
