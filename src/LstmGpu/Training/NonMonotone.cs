namespace LstmGpu.Training;

/// <summary>
/// When NT-ASGD begins to average (Merity et al. 2018, algorithm 1): at the first evaluation that is worse than the best of those more than
/// <c>--non-monotone</c> before it. It depends on the evaluations so far, so a checkpoint keeps it.
/// </summary>
/// <param name="Older">The best of the evaluations that count, null before there are any.</param>
/// <param name="Recent">The last <c>--non-monotone</c> evaluations, which do not count yet.</param>
/// <param name="Start">Updates before the average began, null before that.</param>
internal sealed record NonMonotone(double? Older, IReadOnlyList<double> Recent, long? Start)
{
    public static NonMonotone Before { get; } = new(null, [], null);

    /// <summary>After one more evaluation.</summary>
    /// <param name="updates">Done so far.</param>
    public NonMonotone After(double value, long updates, int interval, Objective objective)
    {
        if (Start is not null || double.IsNaN(value))
        {
            return this;
        }
        if (Older is { } best && objective.IsBetter(best, value))
        {
            return this with { Start = updates };
        }
        double[] recent = [.. Recent, value];
        if (recent.Length <= interval)
        {
            return this with { Recent = recent };
        }
        return this with { Older = objective.IsBetter(recent[0], Older) ? recent[0] : Older, Recent = recent[1..] };
    }
}
