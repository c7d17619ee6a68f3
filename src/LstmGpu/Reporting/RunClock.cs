using System.Diagnostics;

namespace LstmGpu.Reporting;

/// <summary>Time that went into training steps; an evaluation does not count as a slow step.</summary>
internal sealed class RunClock
{
    private readonly long tokensPerStep, firstStep, start;
    private long lapStart, lapStep;

    public RunClock(long tokensPerStep, long firstStep)
    {
        this.tokensPerStep = tokensPerStep;
        lapStep = this.firstStep = firstStep;
        lapStart = start = Stopwatch.GetTimestamp();
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    /// <summary>Throughput since the last lap.</summary>
    public (double TokensPerSecond, double MillisecondsPerStep) Lap(long step)
    {
        double seconds = Stopwatch.GetElapsedTime(lapStart).TotalSeconds;
        long steps = step - lapStep;
        lapStart = Stopwatch.GetTimestamp();
        lapStep = step;
        return (steps * tokensPerStep / seconds, seconds * 1e3 / steps);
    }

    /// <summary>What happened since the last lap was no training.</summary>
    public void Skip() => lapStart = Stopwatch.GetTimestamp();

    public double MeanTokensPerSecond(long step) => (step - firstStep) * tokensPerStep / Elapsed.TotalSeconds;
}
