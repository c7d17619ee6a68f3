using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Predicts the next rows of a column from a window of rows before them; the last rows of the file are held out.</summary>
internal sealed class ForecastTask : TrainingTask
{
    private readonly RunOptions options;
    private readonly SeriesFile series;
    private readonly SeriesCoding coding;
    private readonly SeriesWindows training;
    private readonly SeriesWindows? heldOut;
    private readonly int testLast;
    private readonly double naiveError;

    private ForecastTask(RunOptions options, string path, SeriesFile series, RunDirectory? run)
    {
        (this.options, this.series, DataPath, DataSha256) = (options, series, path, SeriesFile.HashOf(path));
        ForecastOptions forecast = options.Forecast;
        testLast = forecast.TestLast ?? (int)CorpusSplit.Of(series.Rows, options.Data.ValidationFraction).Validation;
        int trainingRows = series.Rows - testLast;
        RequireRows(trainingRows);
        coding = run is null ? SeriesCoding.Fit(forecast, series, trainingRows) : new(forecast, ForecastRecord.Read(run).Scaler);
        naiveError = ForecastScore.NaiveError(series.Target.AsSpan(0, trainingRows), forecast.Season);
        float[] inputs = coding.Inputs(series), targets = coding.Targets(series);
        float[]? future = coding.SeesFuture ? coding.Future(series, coding.Lag, targets.Length) : null;
        int known = trainingRows - coding.Lag;
        training = SeriesWindows.Training(inputs, targets, targets.Length, known, forecast.Window, forecast.Horizon, future: future);
        heldOut = testLast == 0 ? null : SeriesWindows.HeldOut(inputs, targets, targets.Length, known, forecast.Window, forecast.Horizon, future: future);
    }

    /// <inheritdoc cref="TaskCatalog.Open"/>
    public static ForecastTask Open(RunOptions options, RunDirectory? run)
    {
        string path = ForecastModel.Required(options, options.Data.Path, "--data FILE.csv");
        ForecastModel.Required(options, options.Forecast.Target, "--target COLUMN");
        ForecastHead.Of(options.Forecast);
        SeriesCoding.CalendarOf(options.Forecast);
        if (options.Forecast.Season == 1)
        {
            throw new ConfigurationException("--season is 1, expected 0 for none or at least 2 rows; correct it");
        }
        path = Path.GetFullPath(path);
        return new(options, path, SeriesFile.Read(path, options.Forecast), run);
    }

    public override string DataPath { get; }

    public override string DataSha256 { get; }

    public override bool HasHeldOut => heldOut is not null;

    public override long BatchesPerEpoch => (training.Count + options.Training.Batch - 1) / options.Training.Batch;

    public override string MemorySetting => "--window";

    public override int LargestUsefulBatch => (int)Math.Min(training.Count, int.MaxValue / ((long)coding.Steps * training.Features));

    public override Objective Objective => options.Forecast.Head == "point" ? new("rmse", HigherIsBetter: false) : Objective.LowestLoss;

    public override IReadOnlyList<Metric> Derived(double loss) => [];

    public override IReadOnlyList<DataRow> Sizes =>
    [
        new("training rows", series.Rows - testLast),
        new("held-out rows", testLast),
        new("features", training.Features),
        new("training windows", training.Count),
    ];

    public override string Summary => FormattableString.Invariant(
        $"series {series.Rows - testLast:N0} training and {testLast:N0} held-out rows, {training.Count:N0} windows of {training.Window} rows, horizon {training.Horizon}");

    public override object Record => new SeriesRecord(DataPath, series.Rows, DataSha256, options.Forecast.Target!, training.Features);

    public override RunOptions Resolve(RunOptions options) => options with
    {
        Data = options.Data with { Path = DataPath },
        Forecast = options.Forecast with { TestLast = testLast },
    };

    public override ITrainable Plan(IBackend backend, int batch) => Model(backend, batch).Network;

    public override ITaskNetwork Open(IBackend backend)
    {
        ForecastModel model = Model(backend, options.Training.Batch);
        ForecastEvaluator? evaluator = heldOut is null ? null : new(model, heldOut, coding, ForecastHead.Of(options.Forecast), series.Target, options.Forecast.Season, naiveError);
        return new ForecastNetwork(model, training, options.Training.Seed, evaluator);
    }

    public override void WriteFiles(RunDirectory directory) => new ForecastRecord(coding.Scaler, naiveError, series.Target.AsSpan(0, series.Rows - testLast).ToArray().Average()).Write(directory);

    public override void RequireFit(string checkpoint) => ForecastFit.Require(checkpoint, options, training.Features, training.Horizon * ForecastHead.Of(options.Forecast).Outputs);

    public override void Dispose()
    {
    }

    private ForecastModel Model(IBackend backend, int batch)
    {
        if ((long)batch * coding.Steps * training.Features > int.MaxValue)
        {
            throw new ConfigurationException($"--batch {batch} times --window {options.Forecast.Window} exceeds {int.MaxValue} numbers; use smaller ones");
        }
        return ForecastModel.Plan(backend, options, coding.Steps, batch, training.Features, options.Forecast.Horizon, training: true);
    }

    private void RequireRows(int trainingRows)
    {
        int least = Math.Max(options.Forecast.Difference + options.Forecast.Window + options.Forecast.Horizon, options.Forecast.Season + 1);
        if (trainingRows < least)
        {
            throw new DataException(
                $"'{DataPath}' has {series.Rows} rows, of which {Math.Max(0, trainingRows)} train and {testLast} are held out, expected at least {least} to train on "
                + "for --window, --horizon, --difference and --season; hold fewer out, or use a shorter window");
        }
    }

    private sealed record SeriesRecord(string Path, int Rows, string Sha256, string Target, int Features);
}
