using LstmGpu.Data;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>A network that gives each sequence one number, and the sequences it learns from.</summary>
/// <param name="record">Scaler and the mean of the training targets, which is the baseline.</param>
internal sealed class RegressNetwork(ForecastModel model, SequenceTable table, ForecastRecord record, SequenceBatches? training, SequenceBatches? heldOut)
    : ITaskNetwork
{
    public ITrainable Network => model.Network;

    public long BatchesPerEpoch => training?.PerEpoch ?? 0;

    public bool IsCrossEntropy => false;

    /// <inheritdoc/>
    public long Load(long step) => training!.Set(model, step).Sum(sequence => (long)table.Lengths[sequence]);

    /// <inheritdoc/>
    public Evaluation? Evaluate(CancellationToken cancel)
    {
        if (heldOut is null)
        {
            return null;
        }
        double sum = 0;
        float[] outputs = new float[model.Batch];
        List<double> truth = [], found = [];
        for (int n = 0; n < heldOut.PerEpoch; n++)
        {
            cancel.ThrowIfCancellationRequested();
            int[] places = heldOut.Set(model, n);
            sum += model.Evaluate(outputs) * places.Length;
            truth.AddRange(places.Select(place => table.Targets[place]));
            found.AddRange(outputs.Take(places.Length).Select(value => record.Scaler.Unscale(0, value)));
        }
        double[] y = [.. truth], predicted = [.. found], mean = [.. y.Select(_ => record.Mean)];
        double rmse = ForecastErrors.RootMeanSquared(y, predicted);
        return new(sum / heldOut.Count,
        [
            new("mse", rmse * rmse),
            new("rmse", rmse),
            new("mae", ForecastErrors.MeanAbsolute(y, predicted)),
            new("mean_rmse", ForecastErrors.RootMeanSquared(y, mean)),
        ]);
    }

    public void Dispose() => model.Dispose();
}
