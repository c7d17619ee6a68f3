namespace LstmGpu.Tasks.Metrics;

/// <summary>
/// Counts entities over sequences: one is right where type, first and last token are those of the truth. Precision, recall and F1 are of the sums over
/// all types, <c>seqeval</c>'s micro average.
/// </summary>
internal sealed class EntityScores(EntityLabels labels)
{
    private long hits, wanted, predicted;

    public ClassScore Score => new(Ratio(hits, predicted), Ratio(hits, wanted), Ratio(2 * hits, wanted + predicted), wanted);

    /// <summary>Adds a sequence.</summary>
    public void Add(ReadOnlySpan<int> truth, ReadOnlySpan<int> prediction)
    {
        HashSet<EntityLabels.Entity> right = labels.Find(truth), found = labels.Find(prediction);
        (wanted, predicted) = (wanted + right.Count, predicted + found.Count);
        found.IntersectWith(right);
        hits += found.Count;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
