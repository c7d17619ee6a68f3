using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LstmGpu.Tasks;

/// <summary>Which settings are of some tasks only: given to another they would do nothing, so they are refused.</summary>
internal static class TaskSettings
{
    private static readonly string[] Languages = ["char-lm", "word-lm"], Labels = ["classify", "tag"], Tables = ["forecast", "regress"];

    private static readonly Dictionary<string, string[]> TasksOf = new()
    {
        ["task.label_smoothing"] = Labels,
        ["task.class_weights"] = Labels,
        ["model.pooling"] = ["classify", .. Tables],
        ["model.tie"] = Languages,
        ["model.embedding_dropout"] = Languages,
        ["model.pretrained_embeddings"] = Languages,
        ["model.freeze_embeddings"] = Languages,
        ["data.vocabulary"] = Languages,
        ["data.tokens"] = ["word-lm", .. Labels],
        ["data.min_count"] = ["word-lm", .. Labels],
        ["data.vocabulary_size"] = ["word-lm"],
        ["data.merges"] = ["word-lm"],
        ["data.lower"] = ["word-lm"],
        ["data.hold_out"] = Labels,
        ["data.max_length"] = Labels,
        ["data.text_column"] = ["classify"],
        ["data.label_column"] = ["classify"],
        ["data.feature_columns"] = ["classify"],
        ["data.group_column"] = ["classify"],
        ["data.feature_scaling"] = ["classify"],
        ["training.bptt"] = Languages,
        ["forecast.group"] = ["regress"],
        ["forecast.window"] = ["forecast"],
        ["forecast.horizon"] = ["forecast"],
        ["forecast.season"] = ["forecast"],
        ["forecast.time_column"] = ["forecast"],
        ["forecast.calendar"] = ["forecast"],
        ["forecast.head"] = ["forecast"],
        ["forecast.quantiles"] = ["forecast"],
        ["forecast.log_transform"] = ["forecast"],
        ["forecast.difference"] = ["forecast"],
    };

    /// <exception cref="ConfigurationException">A setting of another task is not as it is by default.</exception>
    public static void RequireOwn(RunOptions options)
    {
        JsonObject found = Tree(options), usual = Tree(new RunOptions());
        RequireOwn(options.Task.Name, (section, name) => !JsonNode.DeepEquals(found[section]![name], usual[section]![name]));
    }

    /// <summary>The same of settings that a user has named, whatever their values: one that says what the default says would do nothing too.</summary>
    /// <param name="named">Paths such as <c>training.bptt</c>.</param>
    /// <inheritdoc cref="RequireOwn(RunOptions)"/>
    public static void RequireOwn(string task, IReadOnlySet<string> named) => RequireOwn(task, (section, name) => named.Contains($"{section}.{name}"));

    private static void RequireOwn(string task, Func<string, string, bool> isSet)
    {
        foreach (PropertyInfo section in typeof(RunOptions).GetProperties())
        {
            foreach (PropertyInfo property in section.PropertyType.GetProperties())
            {
                (string place, string name) = (Name(section), Name(property));
                string[]? tasks = TasksOf.GetValueOrDefault($"{place}.{name}") ?? (place == Name(nameof(RunOptions.Forecast)) ? Tables : null);
                if (tasks is not null && !tasks.Contains(task) && isSet(place, name))
                {
                    string flag = property.GetCustomAttribute<SettingAttribute>()?.Flag ?? $"{place}.{name}";
                    throw new ConfigurationException($"{flag} is a setting of --task {string.Join(", ", tasks)}, found --task {task}; {Instead(flag, task)}");
                }
            }
        }
    }

    private static string Instead(string flag, string task) => (flag, task) switch
    {
        ("--bptt", "classify" or "tag") => "leave it out: sequences are read whole, unless --max-length cuts them",
        ("--bptt", "forecast") => "leave it out: --window decides how far a forecast looks back",
        _ => "leave it out",
    };

    private static JsonObject Tree(RunOptions options) => JsonSerializer.SerializeToNode(options, RunOptionsJson.Form)!.AsObject();

    private static string Name(MemberInfo member) => Name(member.Name);

    private static string Name(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
