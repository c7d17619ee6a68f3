using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Configuration;

/// <summary>Reads the settings of a <c>config.json</c>. Comments and trailing commas are allowed; unknown and repeated keys are not.</summary>
internal static class ConfigurationFile
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="ConfigurationException">Not JSON, an unknown or repeated key, or a value that its setting refuses.</exception>
    /// <exception cref="DataException">The file is missing or unreadable.</exception>
    public static IReadOnlyList<(Setting Setting, JsonNode? Value)> Read(string file)
    {
        using JsonDocument document = Parse(file);
        Expect(document.RootElement, JsonValueKind.Object, file, "an object of sections such as {\"model\": {\"hidden\": 256}}");
        List<(Setting, JsonNode?)> values = [];
        foreach (JsonProperty section in Distinct(document.RootElement, file))
        {
            if (section.Name == "$schema")
            {
                continue; // names the schema for editors; config schema allows it
            }

            if (!SettingCatalog.Sections.Contains(section.Name))
            {
                throw UnknownSection(file, section.Name);
            }

            Expect(section.Value, JsonValueKind.Object, $"{file}: {section.Name}", "an object of settings");
            foreach (JsonProperty property in Distinct(section.Value, $"{file}: {section.Name}"))
            {
                Setting setting = SettingCatalog.OfPath($"{section.Name}.{property.Name}", file);
                values.Add((setting, Value(setting, property.Value, $"{file}: {setting.Path}")));
            }
        }

        return values;
    }

    private static JsonDocument Parse(string file)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new DataException(
                $"--config: found no readable file '{file}' ({e.Message}), expected a JSON file; 'lstmgpu config print --json' writes one", e);
        }

        try
        {
            ReadOnlyMemory<byte> text = bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsMemory(3) : bytes;
            return JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException e)
        {
            // The message of the reader ends with its own zero-based position.
            string reason = e.Message.Split(" LineNumber:")[0].TrimEnd('.');
            string line = ((e.LineNumber ?? 0) + 1).ToString(CultureInfo.InvariantCulture);
            throw new ConfigurationException(
                $"{file}: found a syntax error in line {line} ({reason}), expected JSON; 'lstmgpu config print --json' writes an example", e);
        }
    }

    private static JsonNode? Value(Setting setting, JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.Null => setting.Nullable ? null : throw NumberText.Unusable(name, "null", setting.Expected),
        JsonValueKind.Number when setting.IsNumber => setting.FromText(value.GetRawText(), name),
        JsonValueKind.True or JsonValueKind.False when setting.IsSwitch => value.ValueKind == JsonValueKind.True,
        // FromText would take this for a real null; on the command line no other reading is possible, so no setting can hold it.
        JsonValueKind.String when value.ValueEquals("null") => throw NumberText.Unusable(name, "the text \"null\"", setting.Expected),
        JsonValueKind.String when !setting.IsNumber && !setting.IsSwitch => setting.FromText(value.GetString()!, name),
        _ => throw NumberText.Unusable(name, Found(value), setting.Expected),
    };

    private static List<JsonProperty> Distinct(JsonElement parent, string where)
    {
        List<JsonProperty> properties = [.. parent.EnumerateObject()];
        string? repeated = properties.GroupBy(p => p.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        return repeated is null
            ? properties
            : throw new ConfigurationException($"{where}: found the key '{repeated}' twice, expected it once; remove one of the two");
    }

    private static void Expect(JsonElement value, JsonValueKind kind, string name, string expected)
    {
        if (value.ValueKind != kind)
        {
            throw NumberText.Unusable(name, Found(value), expected);
        }
    }

    private static ConfigurationException UnknownSection(string file, string name)
    {
        string? path = name.Contains('.') && SettingCatalog.NearestPath(name) is { } nested ? nested : null;
        string? section = Suggestion.Nearest(name, SettingCatalog.Sections);
        string hint = path is not null ? $"write '{path}' as {{\"{path.Split('.')[0]}\": {{\"{path.Split('.')[1]}\": …}}}}"
            : section is not null ? $"did you mean '{section}'?"
            : SettingCatalog.NearestPath(name) is { } near ? $"did you mean '{near}'?"
            : "'lstmgpu config schema' describes the file";
        return new($"{file}: found unknown key '{name}', expected one of {string.Join(", ", SettingCatalog.Sections)}; {hint}");
    }

    private static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => $"the text \"{value.GetString()}\"",
        _ => value.GetRawText(),
    };
}
