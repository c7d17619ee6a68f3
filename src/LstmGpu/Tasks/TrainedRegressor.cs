using LstmGpu.Devices;
using LstmGpu.Tasks.Forecasting;

namespace LstmGpu.Tasks;

/// <summary>A model of <c>--task regress</c> loaded from its run directory.</summary>
public sealed class TrainedRegressor : IDisposable
{
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
        ForecastModel model = ForecastModel.Plan(run.Backend, Options, table.Lengths.Max(), batch, table.Columns.Length, targets: 1, training: false);
        run.Load(model.Network);
        using RegressNetwork network = new(model, table, record, training: null, heldOut);
        return new(path, count, network.Evaluate(cancel)!);
    }

    public void Dispose() => run.Dispose();
}
