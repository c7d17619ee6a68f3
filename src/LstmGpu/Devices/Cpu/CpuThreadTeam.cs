using System.Runtime.ExceptionServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Work that every member of a team does part of.</summary>
internal interface ITeamTask
{
    void Run(int member);
}

/// <summary>
/// Threads that stay: handing over a task costs a cache-line transfer, not a wake-up, and a task may hold barriers inside.
/// The caller is member 0. Idle members spin briefly, then sleep.
/// </summary>
internal sealed class CpuThreadTeam : IDisposable
{
    private const int SpinsBeforeYield = 2_000;
    private const int SpinsBeforeSleep = 20_000;

    private readonly Thread[] workers;

    // One for each worker: waiting on an event allocates nothing, waiting on a monitor does.
    private readonly AutoResetEvent[] wakeUps;
    private readonly int[] asleep;
    private ITeamTask? task;
    private volatile ExceptionDispatchInfo? failure;
    private volatile bool stopping;
    private int round;
    private int finished;
    private int arrived;
    private volatile int barrierPhase;

    public CpuThreadTeam(int count)
    {
        Count = count;
        workers = new Thread[count - 1];
        wakeUps = new AutoResetEvent[count - 1];
        asleep = new int[count - 1];
        for (int n = 0; n < workers.Length; n++)
        {
            int member = n + 1;
            wakeUps[n] = new AutoResetEvent(false);
            workers[n] = new Thread(() => Work(member)) { IsBackground = true, Name = $"lstmgpu cpu {member}" };
            workers[n].Start();
        }
    }

    /// <summary>Members, the caller included.</summary>
    public int Count { get; }

    /// <summary>Runs a task on all members and returns when all have finished.</summary>
    public void Run(ITeamTask work)
    {
        if (Count == 1)
        {
            work.Run(0);
            return;
        }
        task = work;
        finished = 0;
        BeginRound();
        RunPart(work, member: 0);
        SpinUntilAll(ref finished, Count - 1);
        if (failure is { } thrown)
        {
            failure = null;
            arrived = 0;
            thrown.Throw();
        }
    }

    /// <summary>Returns when every member has called it. Only inside a task.</summary>
    public void Barrier()
    {
        if (Count == 1)
        {
            return;
        }
        int phase = barrierPhase;
        if (Interlocked.Increment(ref arrived) == Count)
        {
            arrived = 0;
            barrierPhase = phase + 1;
            return;
        }
        for (int spins = 0; barrierPhase == phase; spins++)
        {
            // Who failed never comes.
            failure?.Throw();
            Pause(spins);
        }
    }

    public void Dispose()
    {
        stopping = true;
        BeginRound();
        foreach (Thread worker in workers)
        {
            worker.Join();
        }
        foreach (AutoResetEvent wakeUp in wakeUps)
        {
            wakeUp.Dispose();
        }
    }

    // Both sides announce with a full fence before they look: either the sleeper sees the new round or the caller sees the sleeper.
    private void BeginRound()
    {
        Interlocked.Increment(ref round);
        for (int n = 0; n < asleep.Length; n++)
        {
            if (Volatile.Read(ref asleep[n]) != 0)
            {
                wakeUps[n].Set();
            }
        }
    }

    private void Work(int member)
    {
        int seen = 0;
        while (true)
        {
            AwaitRoundAfter(seen, member - 1);
            if (stopping)
            {
                return;
            }
            seen++;
            RunPart(task!, member);
            Interlocked.Increment(ref finished);
        }
    }

    // A failure waits until all have finished: the caller may free the task's buffers. The first one is the cause of the others.
    private void RunPart(ITeamTask work, int member)
    {
        try
        {
            work.Run(member);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
        }
    }

    private void AwaitRoundAfter(int seen, int worker)
    {
        for (int spins = 0; spins < SpinsBeforeSleep; spins++)
        {
            if (Volatile.Read(ref round) != seen)
            {
                return;
            }
            Pause(spins);
        }
        Interlocked.Exchange(ref asleep[worker], 1);
        while (Volatile.Read(ref round) == seen)
        {
            wakeUps[worker].WaitOne(); // may be a call for the round before: then it waits again
        }
        Volatile.Write(ref asleep[worker], 0);
    }

    private static void SpinUntilAll(ref int counter, int all)
    {
        for (int spins = 0; Volatile.Read(ref counter) < all; spins++)
        {
            Pause(spins);
        }
    }

    // A machine with fewer cores than members makes progress because a long wait gives the core away.
    private static void Pause(int spins)
    {
        if (spins < SpinsBeforeYield)
        {
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }
    }
}
