using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Tasks.Forecasting;

namespace LstmGpu.Tasks;

/// <summary>A forecaster loaded from a run directory of <c>--task forecast</c>.</summary>
public sealed class TrainedForecaster : IDisposable
{
    private readonly LoadedRun run;
    private readonly ForecastRecord record;
    private readonly SeriesCoding coding;
    private readonly ForecastHead head;

    private TrainedForecaster(LoadedRun run)
    {
        this.run = run;
        run.RequireTask("forecast");
        record = ForecastRecord.Read(run.Directory);
        coding = new(Forecasting, record.Scaler);
        head = ForecastHead.Of(Forecasting);
        ForecastFit.Require(run.Checkpoint, Options, coding.Features, Forecasting.Horizon * head.Outputs);
    }

    public RunOptions Options => run.Options;

    /// <summary>The optimizer step the weights come from.</summary>
    public long Step => run.State.Step;

    public DeviceDescription Device => run.Backend.Device;

    private ForecastOptions Forecasting => Options.Forecast;

    /// <param name="directory">A run directory.</param>
    /// <param name="checkpoint"><c>best</c> (falls back to last where there was no evaluation), <c>last</c> or <c>step-N</c>.</param>
    /// <param name="device">Name and threads.</param>
    /// <exception cref="DataException">No such checkpoint, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">The run has another task, or config.json asks for another architecture.</exception>
    /// <exception cref="DeviceException">The device cannot run.</exception>
    public static TrainedForecaster Load(string directory, string checkpoint, DeviceOptions device)
    {
        LoadedRun run = LoadedRun.Open(directory, checkpoint, device);
        try
        {
            return new TrainedForecaster(run);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the forecasts of the held-out rows in the run directory for its report; nothing where none are held out.</summary>
    /// <exception cref="DataException">The table has changed, or the file system refused.</exception>
    public void WriteHeldOut(CancellationToken cancel = default)
    {
        if (Forecasting.TestLast is null or 0)
        {
            return;
        }
        double[] target = SeriesFile.Read(Options.Data.Path!, Forecasting).Target;
        List<(int, double, double, double)> rows = [];
        Evaluate(null, (first, values) => rows.Add((first, target[first], values[0][0], target[first - Math.Max(1, Forecasting.Season)])), cancel);
        ForecastLog.Write(run.Directory, rows);
    }

    /// <summary>
    /// Forecasts from every row that has a window before it and a horizon after it: of the rows the run held out, or, with a file, of that file. All
    /// steps of all these forecasts count alike.
    /// </summary>
    /// <exception cref="DataException">The table cannot be used, or nothing was held out.</exception>
    public ForecastEvaluation Evaluate(string? dataPath = null, CancellationToken cancel = default) => Evaluate(dataPath, visit: null, cancel);

    /// <summary>What follows the last row of a table, by default of the run's own.</summary>
    /// <param name="steps">
    /// Rows to forecast, by default the horizon. Beyond the horizon point forecasts are read as if they had come; with covariates, whose future nobody
    /// knows, or with quantiles that is refused.
    /// </param>
    /// <exception cref="DataException">The table cannot be used or has too few rows.</exception>
    /// <exception cref="ConfigurationException">More steps than can be forecast.</exception>
    public ForecastTable Forecast(string? dataPath = null, int? steps = null) =>
        Forecast(SeriesFile.Read(Path.GetFullPath(dataPath ?? Options.Data.Path!), Forecasting), steps);

    /// <inheritdoc cref="Forecast(string?, int?)"/>
    public ForecastTable Forecast(Stream table, string name, int? steps = null)
    {
        using TextLines lines = new(table, name);
        return Forecast(SeriesFile.Read(lines, Forecasting), steps);
    }

    public void Dispose() => run.Dispose();

    private ForecastEvaluation Evaluate(string? dataPath, Action<int, double[][]>? visit, CancellationToken cancel)
    {
        string path = Path.GetFullPath(dataPath ?? Options.Data.Path!);
        SeriesFile series = SeriesFile.Read(path, Forecasting);
        int known = dataPath is null ? RowsBeforeHeldOut(path, series) : Math.Max(Forecasting.Window, Forecasting.Season - coding.Lag);
        float[] inputs = series.Rows > coding.Lag ? coding.Inputs(series) : [];
        if (inputs.Length == 0 || inputs.Length / coding.Features < known + Forecasting.Horizon)
        {
            throw TooFew(path, series.Rows, coding.Lag + known + Forecasting.Horizon);
        }
        float[] targets = coding.Targets(series);
        float[]? future = coding.SeesFuture ? coding.Future(series, coding.Lag, targets.Length) : null;
        SeriesWindows windows = SeriesWindows.HeldOut(inputs, targets, targets.Length, known, Forecasting.Window, Forecasting.Horizon, future: future);
        using ForecastModel model = Model(Math.Min(Options.Training.Batch, windows.Count));
        ForecastEvaluator evaluator = new(model, windows, coding, head, series.Target, Forecasting.Season, record.NaiveError);
        (Evaluation found, int count) = evaluator.Run(visit, cancel);
        return new(path, count, found);
    }

    private ForecastTable Forecast(SeriesFile series, int? steps)
    {
        int count = steps ?? Forecasting.Horizon;
        if (count < 1 || (count > Forecasting.Horizon && (series.Covariates.Count > 0 || head.Levels.Length > 0)))
        {
            string why = series.Covariates.Count > 0 ? "covariates, whose later values are not known" : $"--head {Forecasting.Head}, whose quantiles cannot be read as values";
            throw new ConfigurationException($"--steps is {count}, expected 1 to the horizon {Forecasting.Horizon} of a model with {why}; correct it");
        }
        if (series.Rows < coding.Lag + Forecasting.Window)
        {
            throw TooFew(series.Name, series.Rows, coding.Lag + Forecasting.Window);
        }
        using ForecastModel model = Model(batch: 1);
        List<double[]> rows = [];
        float[] outputs = new float[model.Outputs], noTargets = new float[Forecasting.Horizon];
        int last = series.Rows;
        series = series.WithTimes(count + Forecasting.Horizon);
        while (rows.Count < count)
        {
            float[] inputs = coding.Inputs(series), future = coding.SeesFuture ? coding.Future(series, series.Rows, Forecasting.Horizon) : [];
            model.Set([.. inputs.AsSpan(inputs.Length - Forecasting.Window * coding.Features), .. future], noTargets, [coding.Steps]);
            model.Evaluate(outputs);
            double[][] next = head.Read(outputs, coding, series.Target, series.Rows);
            rows.AddRange(next.Take(count - rows.Count));
            series = rows.Count < count ? series.With([.. next.Select(row => row[0])]) : series;
        }
        return new(head.Columns, rows) { Times = series.Times is { } times ? [.. Enumerable.Range(last, count).Select(times.Text)] : [] };
    }

    private int RowsBeforeHeldOut(string path, SeriesFile series)
    {
        if (SeriesFile.HashOf(path) != run.State.CorpusSha256)
        {
            throw new DataException($"'{path}' has changed since the training, so what was held out of it is not known; give --data '{path}' to evaluate on all of it");
        }
        return Forecasting.TestLast is { } held and > 0
            ? series.Rows - held - coding.Lag
            : throw new DataException($"the run held nothing of '{path}' out; give --data FILE");
    }

    private static DataException TooFew(string name, int rows, int least) => new(
        $"'{name}' has {rows} rows, expected at least {least} for the model's window; give a longer series");

    private ForecastModel Model(int batch)
    {
        ForecastModel model = ForecastModel.Plan(run.Backend, Options, coding.Steps, batch, coding.Features, Forecasting.Horizon, training: false);
        run.Load(model.Network);
        return model;
    }
}

/// <summary>How well a forecaster did.</summary>
/// <param name="Data">The table.</param>
/// <param name="Count">Values that were forecast.</param>
/// <param name="Found">Loss and metrics.</param>
public sealed record ForecastEvaluation(string Data, int Count, Evaluation Found);

/// <summary>Forecasts row by row.</summary>
/// <param name="Columns">Names of the values of a row.</param>
/// <param name="Rows">Of the steps 1, 2, … after the last row of the table.</param>
public sealed record ForecastTable(IReadOnlyList<string> Columns, IReadOnlyList<double[]> Rows)
{
    /// <summary>The time of each row, in the form of the table; empty without <c>--time-column</c>.</summary>
    public IReadOnlyList<string> Times { get; init; } = [];
}
