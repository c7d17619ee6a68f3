using System.Diagnostics.CodeAnalysis;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>
/// The groups of one launch: one after another, those of a cluster at once, and all of them where the launch is cooperative. Whoever holds the turn runs until it waits or finishes and then passes the turn to the next thread
/// that can go on; so this state has one user at a time, and threads that have not begun need no stack.
/// </summary>
internal sealed class GroupRun : IDisposable
{
    private readonly string kernel;
    private readonly LaunchShape shape;
    private readonly Action body;
    private readonly KernelEmulator emulator;
    private readonly ResidentGroup[] resident;
    private readonly Queue<EmulatedThread> ready = new();
    private readonly Baton done = Baton.Create();
    private long next;
    private int unfinished;
    private int inCluster;

    public GroupRun(string kernel, LaunchShape shape, Action body, KernelEmulator emulator, int sharedBytes, bool findRaces)
    {
        this.kernel = kernel;
        this.shape = shape;
        this.body = body;
        this.emulator = emulator;
        int atOnce = shape.Cooperative ? shape.Grid.Size : Math.Max(1, shape.Cluster);
        resident = [.. Enumerable.Range(0, atOnce).Select(rank => new ResidentGroup(this, shape, rank, new SharedArena(sharedBytes, shape), findRaces))];
    }

    /// <summary>The groups that run at once.</summary>
    public IReadOnlyList<ResidentGroup> Cluster => resident;

    public DeviceException? Failure { get; private set; }

    public void Execute()
    {
        BeginNextGroups();
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
        ResidentGroup group = thread.Group;
        group.Races?.EndSegment(thread);
        thread.Waits = wait;
        if (wait is Wait.ClusterBarrier)
        {
            if (++inCluster == resident.Length * group.Threads.Length)
            {
                inCluster = 0;
                Array.ForEach(resident, member => Release(thread, wait, member.Threads));
                return;
            }
        }
        else
        {
            var partners = group.Partners(thread, wait, out int counter);
            if (group.Arrive(counter, partners.Length))
            {
                Release(thread, wait, partners);
                return;
            }
        }
        PassTurn(thread);
    }

    /// <summary>Lets the threads that can go on run before this one does.</summary>
    public void Pause(EmulatedThread thread)
    {
        if (ready.Count > 0)
        {
            thread.Group.Races?.EndSegment(thread);
            ready.Enqueue(thread);
            PassTurn(thread);
        }
    }

    public void Dispose() => Array.ForEach(resident, group => group.Dispose());

    // Until another passes it back.
    private void PassTurn(EmulatedThread thread)
    {
        if (!ready.TryDequeue(out var next))
        {
            Fail(Stalled(), null, thread);
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

    private void Release(EmulatedThread last, Wait wait, Span<EmulatedThread> partners)
    {
        foreach (var partner in partners)
        {
            if (wait is Wait.Shuffle or Wait.Broadcast)
            {
                partner.Receive(partner.Group.Threads);
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
        if (wait is Wait.Barrier or Wait.Broadcast or Wait.ClusterBarrier)
        {
            partners[0].Group.Races?.BeginInterval();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "whatever a kernel throws reaches the caller of the launch")]
    private void RunToEnd(EmulatedThread thread)
    {
        KernelThread.Current = thread;
        try
        {
            body();
            thread.Group.Races?.EndSegment(thread);
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
            Fail(Stalled(), null, null);
        }
        if (ready.Count == 0 && (Failure is not null || !BeginNextGroups()))
        {
            return null;
        }
        return ready.Dequeue();
    }

    private bool BeginNextGroups()
    {
        if (next == (long)shape.Grid.X * shape.Grid.Y * shape.Grid.Z)
        {
            return false;
        }
        foreach (ResidentGroup group in resident)
        {
            group.Enter(EmulatedThread.Unfold(next++, shape.Grid));
            Array.ForEach(group.Threads, ready.Enqueue);
        }
        unfinished = resident.Length * shape.Group.Size;
        return true;
    }

    // A wait within a group may be why those of a cluster wait: it is named first.
    private string Stalled()
    {
        bool WaitsInside(ResidentGroup group) => group.Threads.Any(t => t.Waits is not (Wait.None or Wait.ClusterBarrier));
        return Stall.Describe(resident.FirstOrDefault(WaitsInside)?.Threads ?? [.. resident.SelectMany(group => group.Threads)]);
    }

    /// <summary>Ends the launch: threads that have begun are woken to leave their stacks, the others never begin.</summary>
    private void Fail(string what, Exception? cause, EmulatedThread? running)
    {
        if (Failure is not null)
        {
            return;
        }
        Failure = new DeviceException($"kernel '{kernel}', group {(running ?? resident[0].Threads[0]).GroupIndex}, {what}", cause);
        ready.Clear();
        foreach (var thread in resident.SelectMany(group => group.Threads).Where(t => t.Worker is not null && !t.Finished && t != running))
        {
            ready.Enqueue(thread);
        }
    }

    /// <summary>Unwinds a thread of a launch that has failed.</summary>
    private sealed class AbandonedException : Exception;
}
