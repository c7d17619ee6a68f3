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
    };

    /// <exception cref="ConfigurationException">A setting of another task is not as it is by default.</exception>
    public static void RequireOwn(RunOptions options)
    {
        string task = options.Task.Name;
        JsonObject found = Tree(options), usual = Tree(new RunOptions());
        foreach (PropertyInfo section in typeof(RunOptions).GetProperties())
        {
            foreach (PropertyInfo property in section.PropertyType.GetProperties())
            {
                (string place, string name) = (Name(section), Name(property));
                string[]? tasks = place == Name(nameof(RunOptions.Forecast)) ? Tables : TasksOf.GetValueOrDefault($"{place}.{name}");
                if (tasks is not null && !tasks.Contains(task) && !JsonNode.DeepEquals(found[place]![name], usual[place]![name]))
                {
                    string flag = property.GetCustomAttribute<SettingAttribute>()?.Flag ?? $"{place}.{name}";
                    throw new ConfigurationException($"{flag} is a setting of --task {string.Join(", ", tasks)}, found --task {task}; leave it out");
                }
            }
        }
    }

    private static JsonObject Tree(RunOptions options) => JsonSerializer.SerializeToNode(options, RunOptionsJson.Form)!.AsObject();

    private static string Name(MemberInfo member) => Name(member.Name);

    private static string Name(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
