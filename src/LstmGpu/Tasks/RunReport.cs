using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LstmGpu.Formats;
using LstmGpu.Reporting;
using LstmGpu.Tasks.Forecasting;
using LstmGpu.Tasks.Language;
using LstmGpu.Tasks.Sequences;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary><c>report.html</c>: the curves, settings and samples of a run, made of its files alone, so that the same files give the same bytes.</summary>
public static class RunReport
{
    /// <summary>Writes the report into the run directory, where the file is the old or the new one and never a part, and returns its path.</summary>
    /// <exception cref="DataException">The directory is no run, one of its files cannot be understood, or the file system refused.</exception>
    /// <exception cref="ConfigurationException">config.json cannot be understood.</exception>
    public static string Write(string directory)
    {
        var run = new RunDirectory(directory);
        string page = RunPage.Of(Read(run));
        DurableFile.WriteAllText(run.Report, page);
        return run.Report;
    }

    /// <summary>Keeps a text that the model wrote for later reports.</summary>
    /// <param name="step">The step whose weights wrote it.</param>
    /// <exception cref="DataException">The file system refused.</exception>
    public static void AddSample(string directory, long step, string text) => SampleLog.Append(new RunDirectory(directory).Samples, step, text);

    /// <summary>Keeps what a classifier or tagger did on its held-out data for later reports.</summary>
    /// <param name="step">The step whose weights were asked.</param>
    /// <exception cref="DataException">The file system refused.</exception>
    public static void KeepEvaluation(string directory, long step, LabelEvaluation evaluation) =>
        new RunDirectory(directory).WriteEvaluation(new(step, evaluation));

    /// <summary>Keeps what was seen inside a model for later reports.</summary>
    /// <exception cref="DataException">The file system refused.</exception>
    internal static void KeepInspection(string directory, KeptInspection inspection) => new RunDirectory(directory).WriteInspection(inspection);

    /// <summary>Steps and paths of the checkpoints that no kept text is of, in the order of their steps.</summary>
    /// <exception cref="DataException">A file cannot be read.</exception>
    internal static IReadOnlyList<(long Step, string Path)> CheckpointsWithoutSample(string directory)
    {
        var run = new RunDirectory(directory);
        CheckpointStore store = run.Checkpoints;
        return [.. store.Steps().Except(SampleLog.Read(run.Samples).Select(sample => sample.Step)).Order().Select(step => (step, store.PathOf(step)))];
    }

    private static GateMap Map(KeptGates gates, long step) => new(
        "Gates along a text of the model",
        $"layer {gates.Layer}, step {Count(step)}, {gates.Symbols.Count} tokens from the zero state, the units that vary most",
        gates.Symbols,
        gates.Units,
        GateLegend.Of(gates.Cell));

    private static RunHistory Read(RunDirectory run)
    {
        RunOptions options = run.ReadOptions();
        IReadOnlyList<MetricsRow> rows = JsonLinesReader.Read(run.Metrics, row => new MetricsRow(
            row.GetProperty("step").GetInt64(),
            row.GetProperty("split").ValueEquals("train"),
            row.Number("loss"),
            row.Number("learning_rate"),
            row.Number("grad_norm")));
        CurvePoint[] validation = [.. rows.Where(row => !row.IsTraining).Select(row => new CurvePoint(row.Step, row.Loss))];
        return new(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(run.Path)),
            [.. Progress(run, options, validation), .. Environment(run)],
            [.. Changed(options)],
            [.. rows.Where(row => row.IsTraining)],
            validation,
            JsonLinesReader.Read(run.Performance, row => new CurvePoint(row.GetProperty("step").GetInt64(), row.Number("tokens_per_second"))),
            SampleLog.Read(run.Samples))
        {
            LossUnit = LossUnit(options),
            Scores = Scores(run, options),
            Confusion = run.ReadEvaluation() is { } kept
                ? new(kept.Step, [.. kept.Evaluation.Labels.Select(label => label.Label)], kept.Evaluation.Confusion)
                : null,
            Forecasts = ForecastLog.Read(run),
            Embedding = EmbeddingSection.Read(run, options),
            Gates = run.ReadInspection() is { Gates: { } gates } seen ? Map(gates, seen.Step) : null,
        };
    }

    private static CurveChart? Scores(RunDirectory run, RunOptions options)
    {
        (string title, string unit, string[] names) = options.Task.Name switch
        {
            LabelTask.Classify or LabelTask.Tag => ("Held-out data", "share from 0 to 1", ["accuracy", "f1_macro"]),
            LanguageTask.Characters => ("Held-out text", "bits per character", ["bits_per_character"]),
            LanguageTask.Words => ("Held-out text", "perplexity of a token", ["perplexity"]),
            _ => ("Held-out error", "root mean square error", (string[])["rmse", "naive_rmse", "seasonal_naive_rmse"]),
        };
        Curve[] curves = [.. names.Select(name => Score(run, name)).Where(curve => curve.Points.Any(point => double.IsFinite(point.Value)))];
        return curves.Length == 0 ? null : new(title, unit, curves, MayBeLogarithmic: LanguageTask.Words == options.Task.Name);
    }

    private static Curve Score(RunDirectory run, string name) => new(name.Replace("_rmse", "", StringComparison.Ordinal).Replace('_', ' '), [.. JsonLinesReader
        .Read(run.Metrics, row => (Step: row.GetProperty("step").GetInt64(), Held: row.GetProperty("split").ValueEquals("validation"), Value: row.Number(name)))
        .Where(row => row.Held).Select(row => new CurvePoint(row.Step, row.Value))]);

    private static string LossUnit(RunOptions options) => (options.Task.Name, options.Forecast.Head) switch
    {
        ("classify" or "tag", _) => "nats per label",
        ("forecast", "gaussian") => "nats per scaled value",
        ("forecast" or "regress", _) => "loss of the scaled target",
        ("word-lm", _) => "nats per token",
        _ => "nats per character",
    };

    private static IEnumerable<(string Name, string Value)> Progress(RunDirectory run, RunOptions options, CurvePoint[] validation)
    {
        string total = options.Training.Steps is { } steps ? $" of {Count(steps)}" : "";
        yield return ("steps", run.Checkpoints.Last() is { } last ? Count(Checkpoint.ReadState(last).Step) + total : $"none saved{total}");
        if (run.Checkpoints.Best() is { } best)
        {
            long step = Checkpoint.ReadState(best).Step;
            CurvePoint[] there = [.. validation.Where(point => point.Step == step)];
            yield return ("best checkpoint", Path.GetFileName(best) + (there.Length > 0 ? $", validation loss {PageMarkup.Figure(there[^1].Value)}" : ""));
        }
    }

    private static IEnumerable<(string Name, string Value)> Environment(RunDirectory run)
    {
        if (run.ReadEnvironment() is not { } environment)
        {
            yield break;
        }
        string Word(string section, string name) => environment[section]?[name]?.ToString() ?? "";
        yield return ("device", $"{Word("device", "name")}: {Word("device", "model")} ({Word("device", "detail")})");
        yield return environment["data"]?["labels"] is not null
            ? ("data", $"{Word("data", "path")}, {Word("data", "training")} training and {Word("data", "held_out")} held-out sequences, {Word("data", "labels")} labels")
            : environment["data"]?["rows"] is { } rows ? ("table", $"{Word("data", "path")}, {rows} rows, column {Word("data", "target")}")
            : environment["data"]?["tokens"] is { } tokens ? ("text", $"{Word("data", "path")}, {Word("data", "characters")} characters, {tokens} tokens, {Word("data", "vocabulary")} in the vocabulary")
            : ("text", $"{Word("data", "path")}, {Word("data", "characters")} characters, {Word("data", "vocabulary")} distinct");
        yield return ("made by", $"LstmGpu {environment["lstmgpu"]}, {environment["runtime"]}, {environment["operating_system"]}");
    }

    private static IEnumerable<(string Path, string Value, string Default)> Changed(RunOptions options)
    {
        JsonObject defaults = Tree(new RunOptions());
        foreach ((string section, JsonNode? settings) in Tree(options))
        {
            foreach ((string name, JsonNode? value) in settings!.AsObject())
            {
                JsonNode? usual = defaults[section]![name];
                if (!JsonNode.DeepEquals(value, usual))
                {
                    yield return ($"{section}.{name}", Shown(value), Shown(usual));
                }
            }
        }
    }

    private static JsonObject Tree(RunOptions options) => JsonSerializer.SerializeToNode(options, RunOptionsJson.Form)!.AsObject();

    private static string Shown(JsonNode? value) => value?.ToString() ?? "–";

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);
}
