using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Gives each sequence of a table one number; the last sequences of the file are held out.</summary>
internal sealed class RegressTask : TrainingTask
{
    private readonly RunOptions options;
    private readonly SequenceTable table;
    private readonly ForecastRecord record;
    private readonly int training, longest;

    private RegressTask(RunOptions options, string path, SequenceTable table, RunDirectory? run)
    {
        (this.options, this.table, DataPath, DataSha256) = (options, table, path, SeriesFile.HashOf(path));
        int held = options.Forecast.TestLast ?? (int)CorpusSplit.Of(table.Count, options.Data.ValidationFraction).Validation;
        training = table.Count - held;
        if (training < 1)
        {
            throw new DataException($"'{path}' has {table.Count} sequences, of which {held} are held out, expected at least 1 to train on; hold fewer out");
        }
        longest = table.Lengths.Max();
        record = run is null ? Fit() : ForecastRecord.Read(run);
    }

    /// <inheritdoc cref="TaskCatalog.Open"/>
    public static RegressTask Open(RunOptions options, RunDirectory? run)
    {
        string path = Path.GetFullPath(ForecastModel.Required(options, options.Data.Path, "--data FILE.csv"));
        ForecastModel.Required(options, options.Forecast.Target, "--target COLUMN");
        ForecastModel.Required(options, options.Forecast.Group, "--group COLUMN");
        ForecastModel.Required(options, options.Forecast.Covariates, "--covariates COLUMN,…");
        return new(options, path, SequenceTable.Read(path, options.Forecast), run);
    }

    public override string DataPath { get; }

    public override string DataSha256 { get; }

    public override bool HasHeldOut => training < table.Count;

    public override long BatchesPerEpoch => (training + options.Training.Batch - 1) / options.Training.Batch;

    public override string MemorySetting => "--layers";

    public override int LargestUsefulBatch => (int)Math.Min(training, int.MaxValue / ((long)longest * table.Columns.Length));

    public override Objective Objective => new("rmse", HigherIsBetter: false);

    public override IReadOnlyList<Metric> Derived(double loss) => [];

    public override IReadOnlyList<DataRow> Sizes =>
    [
        new("training sequences", training),
        new("held-out sequences", table.Count - training),
        new("features", table.Columns.Length),
        new("longest sequence", longest),
    ];

    public override string Summary => FormattableString.Invariant(
        $"table {training:N0} training and {table.Count - training:N0} held-out sequences of up to {longest} rows");

    public override object Record => new TableRecord(DataPath, table.Columns[0].Length, table.Count, DataSha256, options.Forecast.Target!, table.Columns.Length);

    public override RunOptions Resolve(RunOptions options) => options with
    {
        Data = options.Data with { Path = DataPath },
        Forecast = options.Forecast with { TestLast = table.Count - training },
    };

    public override ITrainable Plan(IBackend backend, int batch) => Model(backend, batch).Network;

    public override ITaskNetwork Open(IBackend backend)
    {
        int batch = options.Training.Batch;
        SequenceBatches Range(int first, int count, long? seed) => new(table, record.Scaler, first, count, batch, seed);
        SequenceBatches? heldOut = HasHeldOut ? Range(training, table.Count - training, null) : null;
        return new RegressNetwork(Model(backend, batch), table, record, Range(0, training, options.Training.Seed), heldOut);
    }

    public override void WriteFiles(RunDirectory directory) => record.Write(directory);

    public override void RequireFit(string checkpoint) => ForecastFit.Require(checkpoint, options, table.Columns.Length, outputs: 1);

    public override void Dispose()
    {
    }

    // Sequences are not of one length: targets are scaled by sequences, the columns by rows.
    private ForecastRecord Fit()
    {
        ScalingKind kind = ColumnScaler.KindOf(options.Forecast.Scaling);
        double[] targets = table.Targets[..training];
        int rows = table.FirstRow(training);
        ColumnScaler scaler = ColumnScaler.Fit(kind, [targets], training).With(ColumnScaler.Fit(kind, table.Columns, rows));
        return new(scaler, double.NaN, targets.Average());
    }

    private ForecastModel Model(IBackend backend, int batch)
    {
        if ((long)batch * longest * table.Columns.Length > int.MaxValue)
        {
            throw new ConfigurationException($"--batch {batch} times sequences of {longest} rows exceeds {int.MaxValue} numbers; use a smaller one");
        }
        return ForecastModel.Plan(backend, options, longest, batch, table.Columns.Length, targets: 1, training: true);
    }

    private sealed record TableRecord(string Path, int Rows, int Sequences, string Sha256, string Target, int Features);
}
