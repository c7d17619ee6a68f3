namespace LstmGpu.Training;

/// <summary>The learning rate as a pure function of the step, so that a resumed run needs no schedule state. What <see cref="Plateau"/> cuts is no part of it.</summary>
internal sealed class LearningRateSchedule(TrainingOptions options, long steps)
{
    // PyTorch's defaults of OneCycleLR: the rate starts at --lr divided by the first and ends at that divided by the second.
    private const double OneCycleStart = 25;
    private const double OneCycleEnd = 1e4;

    private readonly long horizon = options.ScheduleSteps ?? steps;

    /// <summary>Whether the rate of a step depends on how many steps the run has in all.</summary>
    public bool StretchesWithSteps => options.Schedule is "linear" or "cosine" or "one-cycle" && options.ScheduleSteps is null;

    /// <summary>The rate of the update that is number <paramref name="step"/>, counted from 1.</summary>
    public double Rate(long step)
    {
        double done = Math.Min(1.0, (step - 1.0) / horizon);
        double share = options.Schedule switch
        {
            "linear" => 1 - done,
            "cosine" => (1 + Math.Cos(Math.PI * done)) / 2,
            "step" => Math.Pow(options.Gamma!.Value, (step - 1) / options.GammaSteps!.Value),
            "exponential" => Math.Pow(options.Gamma!.Value, step - 1),
            "one-cycle" => OneCycle(Math.Min(step, horizon) - 1),
            _ => 1,
        };
        double warmUp = options.WarmupSteps > 0 ? Math.Min(1.0, (double)step / options.WarmupSteps) : 1;
        return options.LearningRate * share * warmUp;
    }

    /// <exception cref="ConfigurationException">A schedule without the numbers that make it.</exception>
    public static void Check(TrainingOptions options)
    {
        if (options.Schedule is "step" or "exponential" && options.Gamma is null)
        {
            throw new ConfigurationException($"--schedule {options.Schedule} has no --gamma, expected the factor of the learning rate; add --gamma 0.5, for example");
        }
        if (options.Schedule == "step" && options.GammaSteps is null)
        {
            throw new ConfigurationException("--schedule step has no --gamma-steps, expected the steps between two cuts; add --gamma-steps 1000, for example");
        }
    }

    // PyTorch's OneCycleLR (Smith and Topin 2017) with cosine annealing: up until step pct·horizon − 1, then down until step horizon − 1, counted from 0.
    private double OneCycle(long step)
    {
        double top = options.PctStart * horizon - 1;
        return step <= top && top > 0
            ? Anneal(1 / OneCycleStart, 1, step / top)
            : Anneal(1, 1 / (OneCycleStart * OneCycleEnd), top < horizon - 1 ? (step - top) / (horizon - 1 - top) : 1);
    }

    private static double Anneal(double from, double to, double done) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * done));
}
