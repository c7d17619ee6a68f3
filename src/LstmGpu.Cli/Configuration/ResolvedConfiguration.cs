using System.Text.Json;
using System.Text.Json.Nodes;

namespace LstmGpu.Cli.Configuration;

/// <summary>Options with the origin of every value.</summary>
internal sealed class ResolvedConfiguration
{
    private readonly JsonObject tree = SettingCatalog.DefaultTree();
    private readonly Dictionary<string, string> origins = SettingCatalog.All.ToDictionary(s => s.Path, _ => "default");

    /// <summary>In the order of <c>config.json</c>.</summary>
    public IEnumerable<(Setting Setting, JsonNode? Value, string Origin)> Values =>
        SettingCatalog.All.Select(s => (s, tree[s.Section]![s.Name], origins[s.Path]));

    public RunOptions Options => tree.Deserialize<RunOptions>(RunOptionsJson.Form)!;

    /// <summary>The text of a <c>config.json</c> that reads back to the same options.</summary>
    public string Json => tree.ToJsonString(RunOptionsJson.Form);

    public string OriginOf(string path) => origins[path];

    /// <summary>Paths of the settings that the command line names, with their flag or with <c>--set</c>.</summary>
    public IReadOnlySet<string> Named => origins.Where(origin => origin.Value.StartsWith("--", StringComparison.Ordinal)).Select(origin => origin.Key).ToHashSet();

    /// <summary>Defaults &lt; configuration file &lt; environment &lt; <c>--set</c> &lt; flags.</summary>
    /// <param name="file">Of <c>--config</c>, or null.</param>
    /// <param name="environment">Variables of the process; those of <see cref="EnvironmentSettings"/> count.</param>
    /// <param name="sets">The <c>path=value</c> of each <c>--set</c>, in order.</param>
    /// <param name="flags">Each flag of a setting that was given, with its text.</param>
    /// <exception cref="ConfigurationException">An unknown setting, a wrong type or a value out of range.</exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static ResolvedConfiguration Resolve(
        string? file, IEnumerable<string> sets, IEnumerable<(Setting Setting, string Text)> flags, IEnumerable<(string Name, string Text)>? environment = null)
    {
        ResolvedConfiguration resolved = new();
        if (file is not null)
        {
            foreach ((Setting setting, JsonNode? value) in ConfigurationFile.Read(file))
            {
                resolved.Overlay(setting, value, $"config {file}");
            }
        }

        foreach ((Setting setting, string name, string text) in EnvironmentSettings.Of(environment ?? []))
        {
            resolved.Overlay(setting, setting.FromText(text, name), $"environment {name}");
        }

        foreach (string set in sets)
        {
            int equals = set.IndexOf('=');
            if (equals <= 0)
            {
                throw new ConfigurationException($"--set: found '{set}', expected path=value such as training.learning_rate=0.1");
            }

            Setting setting = SettingCatalog.OfPath(set[..equals], "--set");
            resolved.Overlay(setting, setting.FromText(set[(equals + 1)..], $"--set {setting.Path}"), "--set");
        }

        foreach ((Setting setting, string text) in flags)
        {
            resolved.Overlay(setting, setting.FromText(text, setting.Flag), setting.Flag);
        }

        return resolved;
    }

    private void Overlay(Setting setting, JsonNode? value, string origin)
    {
        tree[setting.Section]![setting.Name] = value;
        origins[setting.Path] = origin;
    }
}
