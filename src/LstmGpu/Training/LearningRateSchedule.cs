namespace LstmGpu.Training;

/// <summary>The learning rate as a pure function of the step, so that a resumed run needs no schedule state.</summary>
internal sealed class LearningRateSchedule(TrainingOptions options, long steps)
{
    private readonly long horizon = options.ScheduleSteps ?? steps;

    /// <summary>Whether the rate of a step depends on how many steps the run has in all.</summary>
    public bool StretchesWithSteps => options.Schedule != "constant" && options.ScheduleSteps is null;

    /// <summary>The rate of the update that is number <paramref name="step"/>, counted from 1.</summary>
    public double Rate(long step)
    {
        double done = Math.Min(1.0, (step - 1.0) / horizon);
        double share = options.Schedule switch
        {
            "linear" => 1 - done,
            "cosine" => (1 + Math.Cos(Math.PI * done)) / 2,
            _ => 1,
        };
        double warmUp = options.WarmupSteps > 0 ? Math.Min(1.0, (double)step / options.WarmupSteps) : 1;
        return options.LearningRate * share * warmUp;
    }
}
