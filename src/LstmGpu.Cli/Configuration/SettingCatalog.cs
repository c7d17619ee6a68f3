using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Configuration;

/// <summary>Every setting of <see cref="RunOptions"/>, found by reflection: flags, help, schema and checks are all made from it.</summary>
internal static class SettingCatalog
{
    /// <summary>In the order of <c>config.json</c>.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Find()];

    /// <summary>The names of the sections, in order: <c>model</c>, <c>data</c>, …</summary>
    public static IReadOnlyList<string> Sections { get; } = [.. All.Select(s => s.Section).Distinct()];

    private static readonly Dictionary<string, Setting> ByPath = All.ToDictionary(s => s.Path, StringComparer.Ordinal);

    private static readonly Dictionary<string, Setting> ByFlag = All.ToDictionary(s => s.Flag, StringComparer.Ordinal);

    /// <summary>The tree of the default options: what every other layer of the configuration is laid over.</summary>
    public static JsonObject DefaultTree() => JsonSerializer.SerializeToNode(new RunOptions(), RunOptionsJson.Form)!.AsObject();

    public static Setting OfFlag(string flag) => ByFlag[flag];

    /// <exception cref="ConfigurationException">There is no such setting; the message names the nearest.</exception>
    public static Setting OfPath(string path, string where)
    {
        if (ByPath.TryGetValue(path, out Setting? setting))
        {
            return setting;
        }

        string hint = NearestPath(path) is { } near ? $"did you mean '{near}'?" : "'lstmgpu config print' lists the settings";
        throw new ConfigurationException($"{where}: found unknown setting '{path}', expected a path such as 'training.learning_rate'; {hint}");
    }

    /// <summary>The path that was probably meant: by its whole spelling, its last segment or its flag.</summary>
    public static string? NearestPath(string found)
    {
        string last = found[(found.LastIndexOf('.') + 1)..];
        return Suggestion.Nearest(found, All.Select(s => (s.Path, s.Path)))
            ?? Suggestion.Nearest(last, All.SelectMany(s => new[] { (s.Name, s.Path), (s.Flag.TrimStart('-').Replace('-', '_'), s.Path) }));
    }

    private static IEnumerable<Setting> Find()
    {
        JsonObject defaults = DefaultTree();
        NullabilityInfoContext nullability = new();
        foreach (PropertyInfo section in typeof(RunOptions).GetProperties())
        {
            string sectionName = JsonNamingPolicy.SnakeCaseLower.ConvertName(section.Name);
            foreach (PropertyInfo property in section.PropertyType.GetProperties())
            {
                SettingAttribute about = property.GetCustomAttribute<SettingAttribute>()
                    ?? throw new InvalidOperationException($"{section.PropertyType.Name}.{property.Name} has no [Setting]");
                string name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
                Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                bool nullable = nullability.Create(property).ReadState == NullabilityState.Nullable;
                yield return new Setting(
                    $"{sectionName}.{name}", about.Flag, about.Description, type, nullable, RangeOf(about, type), about.OneOf, defaults[sectionName]![name]);
            }
        }
    }

    private static NumberRange RangeOf(SettingAttribute about, Type type)
    {
        NumberRange range = about.Range;
        return type == typeof(int) ? range with { Minimum = Math.Max(range.Minimum, int.MinValue), Maximum = Math.Min(range.Maximum, int.MaxValue) } : range;
    }
}
