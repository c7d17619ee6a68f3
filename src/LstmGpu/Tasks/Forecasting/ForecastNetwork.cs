using LstmGpu.Data;
using LstmGpu.Layers;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>A forecaster and the windows it learns from, all of them once an epoch in an order drawn from the seed.</summary>
internal sealed class ForecastNetwork(ForecastModel model, SeriesWindows windows, long seed, ForecastEvaluator? heldOut) : ITaskNetwork
{
    private readonly BucketedBatches batches = new([.. Enumerable.Repeat(windows.Steps, windows.Count)], model.Batch, seed);
    private readonly int[] lengths = [.. Enumerable.Repeat(windows.Steps, model.Batch)];
    private readonly float[] x = new float[windows.Steps * model.Batch * windows.Features];
    private readonly float[] y = new float[model.Batch * windows.Horizon];

    public ITrainable Network => model.Network;

    public long BatchesPerEpoch => batches.BatchesPerEpoch;

    public bool IsCrossEntropy => false;

    /// <inheritdoc/>
    public long Load(long step)
    {
        ReadOnlySpan<int> places = batches.Batch(step);
        windows.Copy(places, model.Batch, x, y);
        model.Set(x, y, lengths.AsSpan(0, places.Length));
        return (long)windows.Steps * places.Length;
    }

    /// <inheritdoc/>
    public Evaluation? Evaluate(CancellationToken cancel) => heldOut?.Run(visit: null, cancel).Found;

    public void Dispose() => model.Dispose();
}
