using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Scores a network on labelled sequences: the mean cross-entropy of a label in nats, and which label was taken for which.</summary>
/// <param name="entities">How the labels of tokens mark entities; null: they mark none.</param>
internal sealed class LabelScorer(IBackend backend, SequenceModel model, LabelLoss loss, SequenceSet set, EntityLabels? entities)
{
    private readonly SequenceBatch batch = new(model, loss, set);
    private readonly BucketedBatches order = new(set.Lengths, model.Shape.Batch, seed: null);
    private readonly float[] scalar = new float[1];

    public (double Loss, ConfusionMatrix Matrix, ClassScore? Entities) Run(CancellationToken cancel)
    {
        EntityScores? scores = entities is null ? null : new(entities);
        ConfusionMatrix matrix = new(model.Shape.Outputs);
        double sum = 0;
        for (int n = 0; n < order.BatchesPerEpoch; n++)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> examples = order.Batch(n);
            batch.Load(examples);
            DeviceSlice<float> outputs = model.Forward(mask: null);
            int[] predicted = new int[batch.Labels.Length];
            loss.Predict(outputs, predicted);
            long before = matrix.Total;
            Count(matrix, batch.Labels, predicted);
            for (int b = 0; scores is not null && b < examples.Length; b++)
            {
                int length = set.Lengths[examples[b]];
                scores.Add(Column(batch.Labels, b, length), Column(predicted, b, length));
            }
            backend.Download(model.Loss(gradient: false), scalar);
            sum += scalar[0] * (double)(matrix.Total - before);
        }
        return (sum / matrix.Total, matrix, scores?.Score);
    }

    /// <summary>The figures of <c>metrics.jsonl</c>.</summary>
    public static Evaluation Figures(double loss, ConfusionMatrix matrix, ClassScore? entities)
    {
        ClassificationScores scores = new(matrix);
        List<Metric> metrics = [new("accuracy", scores.Accuracy), new("f1_macro", scores.Macro.F1)];
        if (entities is { } found)
        {
            metrics.Add(new("entity_f1", found.F1));
        }
        return new(loss, metrics);
    }

    // [T,B], of which a sequence is a column.
    private int[] Column(ReadOnlySpan<int> rows, int b, int length)
    {
        int[] column = new int[length];
        for (int t = 0; t < length; t++)
        {
            column[t] = rows[t * model.Shape.Batch + b];
        }
        return column;
    }

    private static void Count(ConfusionMatrix matrix, ReadOnlySpan<int> wanted, int[] predicted)
    {
        for (int row = 0; row < wanted.Length; row++)
        {
            if (wanted[row] != LabelLoss.Ignored)
            {
                matrix.Add(wanted[row], predicted[row]);
            }
        }
    }
}
