using System.Collections;

namespace LstmGpu.Cli.Configuration;

/// <summary>
/// Settings in variables such as <c>LSTMGPU_MODEL__HIDDEN</c>, which is <c>model.hidden</c>: the two underscores are the point of the path. Other variables
/// that begin with <c>LSTMGPU_</c> are no settings.
/// </summary>
internal static class EnvironmentSettings
{
    private const string Prefix = "LSTMGPU_";

    public static IEnumerable<(string Name, string Text)> OfProcess() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => ((string)entry.Key, (string?)entry.Value ?? ""));

    /// <summary>In the order of their names, so that messages do not depend on that of the system.</summary>
    /// <exception cref="ConfigurationException">A variable of this form that names no setting.</exception>
    public static IEnumerable<(Setting Setting, string Name, string Text)> Of(IEnumerable<(string Name, string Text)> variables) =>
        variables.Where(variable => variable.Name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && variable.Name.Contains("__", StringComparison.Ordinal))
            .OrderBy(variable => variable.Name, StringComparer.Ordinal)
            .Select(variable => (SettingCatalog.OfPath(Path(variable.Name), $"environment {variable.Name}"), variable.Name, variable.Text));

    private static string Path(string name) => name[Prefix.Length..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal);
}
