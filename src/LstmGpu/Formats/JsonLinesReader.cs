using System.Text.Json;

namespace LstmGpu.Formats;

/// <summary>Reads what <see cref="JsonLinesFile"/> wrote, also while it is being written.</summary>
internal static class JsonLinesReader
{
    /// <summary>The objects of a file in order, none where it is missing. A malformed last line, torn by a crash, is left out.</summary>
    /// <exception cref="DataException">A line before the last is malformed, or the file cannot be read.</exception>
    public static IReadOnlyList<T> Read<T>(string path, Func<JsonElement, T> select)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        string[] lines = Lines(path);
        var rows = new List<T>(lines.Length);
        for (int n = 0; n < lines.Length; n++)
        {
            try
            {
                using var line = JsonDocument.Parse(lines[n]);
                rows.Add(select(line.RootElement));
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                if (n < lines.Length - 1)
                {
                    throw new DataException($"line {n + 1} of '{path}' cannot be understood: {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}; mend or delete that line", error);
                }
            }
        }
        return rows;
    }

    /// <summary>A number of an object; NaN where it is null or absent, as JSON has no other way to say it.</summary>
    public static double Number(this JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value.GetDouble() : double.NaN;

    private static string[] Lines(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(file);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(path, error);
        }
    }
}
