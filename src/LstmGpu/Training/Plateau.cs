namespace LstmGpu.Training;

/// <summary>
/// PyTorch's ReduceLROnPlateau with its defaults: the rate is cut at the evaluation after <c>--plateau-patience</c> others in a row without a loss
/// that is lower by more than 1e-4 of the best. It depends on the losses so far, so a checkpoint keeps it.
/// </summary>
/// <param name="Scale">What the learning rate is multiplied by.</param>
/// <param name="Best">The loss that counted as the last improvement, null before the first evaluation.</param>
/// <param name="Waited">Evaluations since then, or since the last cut.</param>
internal sealed record Plateau(double Scale = 1, double? Best = null, int Waited = 0)
{
    private const double Threshold = 1e-4;
    private const double SmallestCut = 1e-8; // a rate that would fall by less stays

    /// <summary>After one more evaluation.</summary>
    public Plateau After(double loss, TrainingOptions options)
    {
        if (Best is not { } best || loss < best * (1 - Threshold))
        {
            return this with { Best = loss, Waited = 0 };
        }
        if (Waited < options.PlateauPatience)
        {
            return this with { Waited = Waited + 1 };
        }
        double scale = Scale * options.PlateauFactor;
        return this with { Scale = options.LearningRate * (Scale - scale) > SmallestCut ? scale : Scale, Waited = 0 };
    }
}
