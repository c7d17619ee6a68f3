using LstmGpu.Reporting;

namespace LstmGpu.Cli.Reporting;

/// <summary>How long a run still takes, from the pace of this process; a resumed run does not count the steps of the one before.</summary>
internal sealed class TimeLeft(long firstStep)
{
    /// <returns>Null before the first step is done.</returns>
    public TimeSpan? Of(TrainingProgress progress)
    {
        long done = progress.Step - firstStep;
        return done <= 0 ? null : progress.Elapsed / done * Math.Max(0, progress.Steps - progress.Step);
    }
}
