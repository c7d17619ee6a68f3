using LstmGpu.Tasks.Forecasting;
using LstmGpu.Tasks.Language;
using LstmGpu.Tasks.Sequences;

namespace LstmGpu.Tasks;

/// <summary>The tasks by their names in <c>task.name</c>.</summary>
internal static class TaskCatalog
{
    /// <param name="run">Where a run is continued: its vocabulary and the like are read back instead of made.</param>
    /// <exception cref="DataException">The data cannot be used.</exception>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static TrainingTask Open(RunOptions options, RunDirectory? run)
    {
        TaskSettings.RequireOwn(options);
        return options.Task.Name switch
        {
            LanguageTask.Characters or LanguageTask.Words => LanguageTask.Open(options, run),
            LabelTask.Classify or LabelTask.Tag => LabelTask.Open(options, run),
            "forecast" => ForecastTask.Open(options, run),
            "regress" => RegressTask.Open(options, run),
            _ => throw new ConfigurationException($"task.name is '{options.Task.Name}', expected char-lm, word-lm, classify, tag, forecast or regress"),
        };
    }

    /// <summary>The command that uses a model of a task; <c>lstmgpu eval</c> takes them all.</summary>
    public static string CommandOf(string task) => task switch
    {
        LanguageTask.Characters or LanguageTask.Words => "lstmgpu generate",
        "forecast" => "lstmgpu forecast",
        _ => "lstmgpu predict",
    };

    /// <summary>Whether a run learns labels of sequences or of their tokens.</summary>
    public static bool IsLabelling(RunOptions options) => options.Task.Name is LabelTask.Classify or LabelTask.Tag;
}
