using System.Diagnostics;

namespace LstmGpu.Reporting;

/// <summary>Time that went into training steps; an evaluation does not count as a slow step.</summary>
internal sealed class RunClock
{
    private readonly long start;
    private long lapStart, lapStep, lapTokens;

    public RunClock(long firstStep)
    {
        lapStep = firstStep;
        lapStart = start = Stopwatch.GetTimestamp();
    }

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    /// <summary>Throughput since the last lap.</summary>
    /// <param name="tokens">All that were taken in since the clock was made.</param>
    public (double TokensPerSecond, double MillisecondsPerStep) Lap(long step, long tokens)
    {
        double seconds = Stopwatch.GetElapsedTime(lapStart).TotalSeconds;
        (long steps, long taken) = (step - lapStep, tokens - lapTokens);
        lapStart = Stopwatch.GetTimestamp();
        (lapStep, lapTokens) = (step, tokens);
        return (taken / seconds, seconds * 1e3 / steps);
    }

    /// <summary>What happened since the last lap was no training.</summary>
    public void Skip() => lapStart = Stopwatch.GetTimestamp();

    public double MeanTokensPerSecond(long tokens) => tokens / Elapsed.TotalSeconds;
}
