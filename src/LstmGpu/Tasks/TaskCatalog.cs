using LstmGpu.Tasks.Forecasting;
using LstmGpu.Tasks.Language;

namespace LstmGpu.Tasks;

/// <summary>The tasks by their names in <c>task.name</c>.</summary>
internal static class TaskCatalog
{
    /// <param name="run">Where a run is continued: its vocabulary and the like are read back instead of made.</param>
    /// <exception cref="DataException">The data cannot be used.</exception>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static TrainingTask Open(RunOptions options, RunDirectory? run) => options.Task.Name switch
    {
        "char-lm" => CharacterTask.Open(options, run),
        "forecast" => ForecastTask.Open(options, run),
        "regress" => RegressTask.Open(options, run),
        _ => throw new ConfigurationException($"task.name is '{options.Task.Name}', expected char-lm, forecast or regress"),
    };
}
