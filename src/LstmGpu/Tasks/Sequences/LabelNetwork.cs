using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Sequences;

/// <summary>A network that labels, and its batches: which sequences they hold follows from seed and step.</summary>
internal sealed class LabelNetwork(IBackend backend, SequenceModel model, LabelLoss loss, SequenceSet training, SequenceSet heldOut, EntityLabels? entities, TrainingOptions options) : ITaskNetwork
{
    private readonly BucketedBatches order = new(training.Lengths, options.Batch, options.Seed);
    private readonly SequenceBatch batch = new(model, loss, training);
    private LabelScorer? scorer;

    public ITrainable Network => model;

    public long BatchesPerEpoch => order.BatchesPerEpoch;

    public bool IsCrossEntropy => true;

    /// <inheritdoc/>
    public long Load(long step) => batch.Load(order.Batch(step));

    /// <inheritdoc/>
    public Evaluation? Evaluate(CancellationToken cancel)
    {
        if (heldOut.Count == 0)
        {
            return null;
        }
        scorer ??= new LabelScorer(backend, model, loss, heldOut, entities);
        (double mean, ConfusionMatrix matrix, ClassScore? found) = scorer.Run(cancel);
        return LabelScorer.Figures(mean, matrix, found);
    }

    public void Dispose() => model.Dispose();
}
