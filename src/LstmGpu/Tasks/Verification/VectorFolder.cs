using System.Text.Json;
using LstmGpu.Formats;

namespace LstmGpu.Tasks.Verification;

/// <summary>The cases in the JSON files of a folder; files that are no array of cases, such as an index, are none.</summary>
internal static class VectorFolder
{
    /// <exception cref="DataException">The folder cannot be read, a file is malformed, or there is no case.</exception>
    public static IReadOnlyList<VectorCase> Read(string folder)
    {
        List<VectorCase> cases = [];
        try
        {
            foreach (string path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
            {
                cases.AddRange(Cases(path));
            }
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(folder, error);
        }
        return cases.Count > 0
            ? cases
            : throw new DataException($"'{folder}' holds no case, expected JSON files with arrays of cases (id, cell, attributes, weights, inputs); give another folder");
    }

    /// <summary>Turns what a malformed case throws while it is read into an error that names it.</summary>
    public static T Checked<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or ArgumentException
            or IndexOutOfRangeException or NullReferenceException)
        {
            throw new DataException($"{what} does not follow the schema of the vectors: {error.Message.ReplaceLineEndings(" ").TrimEnd('.')}; mend it or take it out", error);
        }
    }

    private static IReadOnlyList<VectorCase> Cases(string path) => Checked(
        $"'{path}'",
        () =>
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? document.RootElement.EnumerateArray().Where(IsCase).Select(element => new VectorCase(element.Clone(), Path.GetFileName(path))).ToList()
                : [];
        });

    private static bool IsCase(JsonElement element) => element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("weights", out JsonElement weights) && weights.ValueKind == JsonValueKind.Object
        && element.TryGetProperty("inputs", out JsonElement inputs) && inputs.ValueKind == JsonValueKind.Object;
}
