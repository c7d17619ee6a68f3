using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Tasks.Forecasting;
using SequenceTable = LstmGpu.Tasks.Forecasting.SequenceTable;

namespace LstmGpu.Tasks;

/// <summary>A model of <c>--task regress</c> loaded from its run directory.</summary>
public sealed class TrainedRegressor : IDisposable
{
    private const int MostRows = 256;

    private readonly LoadedRun run;
    private readonly ForecastRecord record;

    private TrainedRegressor(LoadedRun run)
    {
        this.run = run;
        run.RequireTask("regress");
        record = ForecastRecord.Read(run.Directory);
        ForecastFit.Require(run.Checkpoint, Options, record.Scaler.Columns - 1, outputs: 1);
    }

    public RunOptions Options => run.Options;

    /// <summary>The optimizer step the weights come from.</summary>
    public long Step => run.State.Step;

    public DeviceDescription Device => run.Backend.Device;

    /// <inheritdoc cref="TrainedForecaster.Load"/>
    public static TrainedRegressor Load(string directory, string checkpoint, DeviceOptions device)
    {
        LoadedRun run = LoadedRun.Open(directory, checkpoint, device);
        try
        {
            return new TrainedRegressor(run);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Loss and metrics over the sequences that the run held out, or over all of another file.</summary>
    /// <exception cref="DataException">The table cannot be used, or nothing was held out.</exception>
    public ForecastEvaluation Evaluate(string? dataPath = null, CancellationToken cancel = default)
    {
        string path = Path.GetFullPath(dataPath ?? Options.Data.Path!);
        SequenceTable table = SequenceTable.Read(path, Options.Forecast);
        if (dataPath is null && SeriesFile.HashOf(path) != run.State.CorpusSha256)
        {
            throw new DataException($"'{path}' has changed since the training, so what was held out of it is not known; give --data '{path}' to evaluate on all of it");
        }
        int count = dataPath is null ? Options.Forecast.TestLast ?? 0 : table.Count;
        if (count == 0)
        {
            throw new DataException($"the run held nothing of '{path}' out; give --data FILE");
        }
        int batch = Math.Min(Options.Training.Batch, count);
        SequenceBatches heldOut = new(table, record.Scaler, table.Count - count, count, batch, seed: null);
        using RegressNetwork network = new(Model(table, batch), table, record, training: null, heldOut);
        return new(path, count, network.Evaluate(cancel)!);
    }

    /// <summary>The number of each sequence of a table, which needs no target column, in its order.</summary>
    /// <exception cref="DataException">The table cannot be used.</exception>
    public IReadOnlyList<SequencePrediction> Predict(string path, CancellationToken cancel = default)
    {
        using TextLines lines = TextLines.Open(Path.GetFullPath(path), "input");
        return Predict(lines, cancel);
    }

    /// <param name="name">What messages call the table.</param>
    /// <inheritdoc cref="Predict(string, CancellationToken)"/>
    public IReadOnlyList<SequencePrediction> Predict(Stream table, string name, CancellationToken cancel = default)
    {
        using TextLines lines = new(table, name);
        return Predict(lines, cancel);
    }

    public void Dispose() => run.Dispose();

    private SequencePrediction[] Predict(TextLines lines, CancellationToken cancel)
    {
        SequenceTable table = SequenceTable.Read(lines, Options.Forecast, hasTargets: false);
        int batch = Math.Min(MostRows, table.Count);
        SequenceBatches batches = new(table, record.Scaler, first: 0, table.Count, batch, seed: null);
        using ForecastModel model = Model(table, batch);
        SequencePrediction[] found = new SequencePrediction[table.Count];
        float[] outputs = new float[batch];
        for (int n = 0; n < batches.PerEpoch; n++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] places = batches.Set(model, n);
            model.Evaluate(outputs);
            for (int b = 0; b < places.Length; b++)
            {
                found[places[b]] = new(table.Groups[places[b]], record.Scaler.Unscale(0, outputs[b]));
            }
        }
        return found;
    }

    private ForecastModel Model(SequenceTable table, int batch)
    {
        ForecastModel model = ForecastModel.Plan(run.Backend, Options, table.Lengths.Max(), batch, table.Columns.Length, targets: 1, training: false);
        run.Load(model.Network);
        return model;
    }
}

/// <summary>What a regression says of a sequence.</summary>
/// <param name="Group">The value that its rows share in the column <c>--group</c>.</param>
/// <param name="Value">In the unit of the target.</param>
public sealed record SequencePrediction(string Group, double Value);
