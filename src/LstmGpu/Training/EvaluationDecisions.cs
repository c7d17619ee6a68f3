namespace LstmGpu.Training;

/// <summary>
/// What the scheduled evaluations of a run have decided so far: which checkpoint is the best, the patience that is left, the rate of the schedule plateau,
/// the start of ASGD's average. They follow from what was, so <see cref="TrainingState"/> keeps them.
/// </summary>
internal sealed class EvaluationDecisions(TrainingOptions training, Objective objective)
{
    /// <summary>Step of the best scheduled evaluation, null before the first.</summary>
    public long? BestStep { get; private set; }

    /// <summary>The objective there, or after an evaluation at the end that was better.</summary>
    public double? BestValue { get; private set; }

    /// <summary>Evaluations since the best.</summary>
    public int SinceBest { get; private set; }

    public Plateau? Plateau { get; private set; }

    public NonMonotone? NonMonotone { get; private set; }

    public bool OutOfPatience => training.Patience > 0 && SinceBest >= training.Patience;

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(TrainingState state) =>
        (BestStep, BestValue, SinceBest, Plateau, NonMonotone) = (state.BestStep, state.BestLoss, state.SinceBest, state.Plateau, state.NonMonotone);

    /// <summary>Takes in an evaluation that the schedule asked for.</summary>
    /// <param name="updates">Optimizer updates done.</param>
    /// <returns>Whether it is the best so far.</returns>
    public bool Take(Evaluation found, long step, long updates)
    {
        double value = found[objective.Metric];
        if (training.Schedule == "plateau")
        {
            Plateau = (Plateau ?? new()).After(found.Loss, training);
        }
        if (training.NonMonotone > 0)
        {
            NonMonotone = (NonMonotone ?? NonMonotone.Before).After(value, updates, training.NonMonotone, objective);
        }
        if (!objective.IsBetter(value, BestValue))
        {
            SinceBest++;
            return false;
        }
        (BestValue, BestStep, SinceBest) = (value, step, 0);
        return true;
    }

    /// <summary>Takes in the evaluation of the end, which is no part of the state unless the schedule asked for it.</summary>
    /// <returns>Whether it is the best.</returns>
    public bool TakeEnd(Evaluation found)
    {
        double value = found[objective.Metric];
        bool best = objective.IsBetter(value, BestValue);
        BestValue = best ? value : BestValue;
        return best;
    }
}
