using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Scores a network on labelled sequences: the mean cross-entropy of a label in nats, and which label was taken for which.</summary>
internal sealed class LabelScorer(IBackend backend, SequenceModel model, LabelLoss loss, SequenceSet set)
{
    private readonly SequenceBatch batch = new(model, loss, set);
    private readonly BucketedBatches order = new(set.Lengths, model.Shape.Batch, seed: null);
    private readonly float[] scalar = new float[1];

    public (double Loss, ConfusionMatrix Matrix) Run(CancellationToken cancel)
    {
        ConfusionMatrix matrix = new(model.Shape.Outputs);
        double sum = 0;
        for (int n = 0; n < order.BatchesPerEpoch; n++)
        {
            cancel.ThrowIfCancellationRequested();
            batch.Load(order.Batch(n));
            DeviceSlice<float> outputs = model.Forward(mask: null);
            int[] predicted = new int[batch.Labels.Length];
            loss.Predict(outputs, predicted);
            long before = matrix.Total;
            Count(matrix, batch.Labels, predicted);
            backend.Download(model.Loss(gradient: false), scalar);
            sum += scalar[0] * (double)(matrix.Total - before);
        }
        return (sum / matrix.Total, matrix);
    }

    /// <summary>The figures of <c>metrics.jsonl</c>.</summary>
    public static Evaluation Figures(double loss, ConfusionMatrix matrix)
    {
        ClassificationScores scores = new(matrix);
        return new(loss, [new("accuracy", scores.Accuracy), new("f1_macro", scores.Macro.F1)]);
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
