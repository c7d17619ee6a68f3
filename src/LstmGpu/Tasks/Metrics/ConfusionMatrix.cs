namespace LstmGpu.Tasks.Metrics;

/// <summary>How often each class was taken for each: the row is the true class, the column the predicted one, as scikit-learn has it.</summary>
internal sealed class ConfusionMatrix(int classes)
{
    private readonly long[] counts = new long[checked(classes * classes)];

    public int Classes { get; } = classes;

    public long Total { get; private set; }

    public long this[int truth, int predicted] => counts[truth * Classes + predicted];

    public void Add(int truth, int predicted)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)Classes, nameof(truth));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)predicted, (uint)Classes, nameof(predicted));
        counts[truth * Classes + predicted]++;
        Total++;
    }

    /// <summary>Examples of a class.</summary>
    public long Support(int truth) => Enumerable.Range(0, Classes).Sum(predicted => this[truth, predicted]);

    /// <summary>Examples taken for a class.</summary>
    public long Predicted(int predicted) => Enumerable.Range(0, Classes).Sum(truth => this[truth, predicted]);
}
