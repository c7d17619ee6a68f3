using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Configuration;

/// <summary>The JSON Schema (draft 2020-12) of <c>config.json</c>, for editors and other programs.</summary>
internal static class ConfigurationSchema
{
    public static JsonObject Build()
    {
        JsonObject sections = new() { ["$schema"] = new JsonObject { ["description"] = "the schema of this file, for editors", ["type"] = "string" } };
        foreach (IGrouping<string, Setting> section in SettingCatalog.All.GroupBy(s => s.Section))
        {
            JsonObject properties = [];
            foreach (Setting setting in section)
            {
                properties[setting.Name] = Describe(setting);
            }

            sections[section.Key] = Closed(section.Key, $"the settings '{section.Key}.…'", properties);
        }

        string description = "everything that decides a training run; settings that are left out keep their defaults";
        JsonObject schema = Closed("LstmGpu run configuration", description, sections);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        return schema;
    }

    private static JsonObject Closed(string title, string description, JsonObject properties) => new()
    {
        ["title"] = title,
        ["description"] = description,
        ["type"] = "object",
        ["additionalProperties"] = false,
        ["properties"] = properties,
    };

    private static JsonObject Describe(Setting setting)
    {
        string type = setting.IsWhole ? "integer" : setting.IsNumber ? "number" : setting.IsSwitch ? "boolean" : "string";
        JsonObject about = new()
        {
            ["title"] = setting.Path,
            ["description"] = $"{setting.Description} ({setting.Flag})",
            ["type"] = setting.Nullable ? new JsonArray(type, "null") : type,
        };
        AddLimit(about, setting.Range.ExclusiveMinimum ? "exclusiveMinimum" : "minimum", setting.Range.Minimum);
        AddLimit(about, setting.Range.ExclusiveMaximum ? "exclusiveMaximum" : "maximum", setting.Range.Maximum);
        if (setting.OneOf is not null)
        {
            about["enum"] = new JsonArray([.. setting.OneOf.Select(word => (JsonNode)word)]);
        }
        else if (!setting.IsNumber && !setting.IsSwitch)
        {
            about["minLength"] = 1;
        }

        about["default"] = setting.Default?.DeepClone();
        return about;
    }

    private static void AddLimit(JsonObject about, string keyword, double limit)
    {
        if (double.IsFinite(limit))
        {
            about[keyword] = limit;
        }
    }
}
