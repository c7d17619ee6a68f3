namespace LstmGpu.Tasks.Metrics;

/// <summary>
/// Scores of a <see cref="ConfusionMatrix"/>, as <c>sklearn.metrics.precision_recall_fscore_support</c> defines them. The averages run over the classes
/// that occur among the truths or the predictions.
/// </summary>
internal sealed class ClassificationScores
{
    private readonly ConfusionMatrix matrix;
    private readonly ClassScore[] classes;

    public ClassificationScores(ConfusionMatrix matrix)
    {
        this.matrix = matrix;
        classes = [.. Enumerable.Range(0, matrix.Classes).Select(Score)];
    }

    /// <summary>The share of examples on the diagonal; 0 of none.</summary>
    public double Accuracy => Ratio(Correct, matrix.Total);

    /// <summary>Each class for itself.</summary>
    public IReadOnlyList<ClassScore> Classes => classes;

    /// <summary>The plain mean over classes.</summary>
    public ClassScore Macro => Average(_ => 1);

    /// <summary>The mean over classes, each weighted by its support.</summary>
    public ClassScore Weighted => Average(score => score.Support);

    /// <summary>From the sums of tp, fp and fn over classes: with one label per example all three are the accuracy.</summary>
    public ClassScore Micro => new(Accuracy, Accuracy, Accuracy, matrix.Total);

    private long Correct => Enumerable.Range(0, matrix.Classes).Sum(c => matrix[c, c]);

    private ClassScore Score(int c)
    {
        long hits = matrix[c, c], support = matrix.Support(c), predicted = matrix.Predicted(c);
        return new(Ratio(hits, predicted), Ratio(hits, support), Ratio(2 * hits, support + predicted), support);
    }

    private ClassScore Average(Func<ClassScore, double> weight)
    {
        double precision = 0, recall = 0, f1 = 0, total = 0;
        for (int c = 0; c < classes.Length; c++)
        {
            double w = matrix.Support(c) + matrix.Predicted(c) > 0 ? weight(classes[c]) : 0;
            precision += w * classes[c].Precision;
            recall += w * classes[c].Recall;
            f1 += w * classes[c].F1;
            total += w;
        }

        return total > 0 ? new(precision / total, recall / total, f1 / total, matrix.Total) : default;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
