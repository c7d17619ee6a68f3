using System.Diagnostics.CodeAnalysis;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>
/// The groups of one launch. Whoever holds the turn runs until it waits or finishes and then passes the turn to the next thread
/// that can go on; so this state has one user at a time, and threads that have not begun need no stack.
/// </summary>
internal sealed class GroupRun : IDisposable
{
    private readonly string kernel;
    private readonly LaunchShape shape;
    private readonly Action body;
    private readonly KernelEmulator emulator;
    private readonly EmulatedThread[] threads;
    private readonly Queue<EmulatedThread> ready = new();
    private readonly Baton done = Baton.Create();
    private readonly int warps;
    private readonly int[] arrived;
    private long group = -1;
    private int unfinished;

    public GroupRun(string kernel, LaunchShape shape, Action body, KernelEmulator emulator, SharedArena memory, bool findRaces)
    {
        this.kernel = kernel;
        this.shape = shape;
        this.body = body;
        this.emulator = emulator;
        Memory = memory;
        Races = findRaces ? new RaceWatch(memory) : null;
        threads = [.. Enumerable.Range(0, shape.Group.Size).Select(n => new EmulatedThread(this, shape, n))];
        warps = (threads.Length + KernelThread.WarpSize - 1) / KernelThread.WarpSize;
        arrived = new int[((int)Wait.Shuffle + 1) * warps];
    }

    public SharedArena Memory { get; }

    public RaceWatch? Races { get; }

    public DeviceException? Failure { get; private set; }

    public void Execute()
    {
        BeginNextGroup();
        emulator.TakeWorker().Begin(this, ready.Dequeue());
        done.Await();
    }

    /// <summary>A worker's turn: threads that have not begun, one after another, until one that stands on another stack is next.</summary>
    public void Work(EmulatorWorker worker, EmulatedThread first)
    {
        EmulatedThread? thread = first;
        while (thread is not null)
        {
            thread.Worker = worker;
            RunToEnd(thread);
            thread = Next();
            if (thread is { Worker: null })
            {
                continue;
            }
            // The last thing that this worker does with the turn: from here on another may use everything.
            emulator.Return(worker);
            if (thread is null)
            {
                done.Give();
            }
            else
            {
                thread.Worker!.Resume();
                thread = null;
            }
        }
    }

    /// <summary>Stands still until all partners of the wait have come. The last one to come goes on at once.</summary>
    public void Await(EmulatedThread thread, Wait wait)
    {
        Races?.EndSegment(thread);
        thread.Waits = wait;
        var partners = Partners(thread, wait, out int counter);
        if (++arrived[counter] == partners.Length)
        {
            arrived[counter] = 0;
            Release(thread, wait, partners);
            return;
        }
        if (!ready.TryDequeue(out var next))
        {
            Fail(Stall.Describe(threads), null, thread);
            throw new AbandonedException();
        }
        if (next.Worker is { } other)
        {
            other.Resume();
        }
        else
        {
            emulator.TakeWorker().Begin(this, next);
        }
        thread.Worker!.AwaitTurn();
        if (Failure is not null)
        {
            throw new AbandonedException();
        }
    }

    public void Dispose() => Memory.Dispose();

    private Span<EmulatedThread> Partners(EmulatedThread thread, Wait wait, out int counter)
    {
        bool inWarp = wait is Wait.WarpBarrier or Wait.Shuffle;
        counter = ((int)wait * warps) + (inWarp ? thread.WarpIndex : 0);
        int first = inWarp ? thread.WarpIndex * KernelThread.WarpSize : 0;
        return threads.AsSpan(first, inWarp ? Math.Min(KernelThread.WarpSize, threads.Length - first) : threads.Length);
    }

    private void Release(EmulatedThread last, Wait wait, Span<EmulatedThread> partners)
    {
        foreach (var partner in partners)
        {
            if (wait is Wait.Shuffle or Wait.Broadcast)
            {
                partner.Receive(threads);
            }
            if (wait is Wait.WarpBarrier)
            {
                partner.WarpPhase++;
            }
            partner.Waits = Wait.None;
            if (partner != last)
            {
                ready.Enqueue(partner);
            }
        }
        if (wait is Wait.Barrier or Wait.Broadcast)
        {
            Races?.BeginInterval();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "whatever a kernel throws reaches the caller of the launch")]
    private void RunToEnd(EmulatedThread thread)
    {
        KernelThread.Current = thread;
        try
        {
            body();
            Races?.EndSegment(thread);
        }
        catch (AbandonedException)
        {
            // The failure that ended the launch is another thread's.
        }
        catch (RaceException race)
        {
            Fail(race.Message, race, thread);
        }
        catch (Exception exception)
        {
            Fail($"thread {thread.Index}: {exception.Message}", exception, thread);
        }
        KernelThread.Leave();
        thread.Finish();
        unfinished--;
    }

    private EmulatedThread? Next()
    {
        if (ready.Count == 0 && unfinished > 0 && Failure is null)
        {
            Fail(Stall.Describe(threads), null, null);
        }
        if (ready.Count == 0 && (Failure is not null || !BeginNextGroup()))
        {
            return null;
        }
        return ready.Dequeue();
    }

    private bool BeginNextGroup()
    {
        if (++group == (long)shape.Grid.X * shape.Grid.Y * shape.Grid.Z)
        {
            return false;
        }
        Memory.Clear();
        Races?.BeginGroup();
        foreach (var thread in threads)
        {
            thread.Enter(EmulatedThread.Unfold(group, shape.Grid));
            ready.Enqueue(thread);
        }
        unfinished = threads.Length;
        return true;
    }

    /// <summary>Ends the launch: threads that have begun are woken to leave their stacks, the others never begin.</summary>
    private void Fail(string what, Exception? cause, EmulatedThread? running)
    {
        if (Failure is not null)
        {
            return;
        }
        Failure = new DeviceException($"kernel '{kernel}', group {EmulatedThread.Unfold(group, shape.Grid)}, {what}", cause);
        ready.Clear();
        foreach (var thread in threads.Where(t => t.Worker is not null && !t.Finished && t != running))
        {
            ready.Enqueue(thread);
        }
    }

    /// <summary>Unwinds a thread of a launch that has failed.</summary>
    private sealed class AbandonedException : Exception;
}
