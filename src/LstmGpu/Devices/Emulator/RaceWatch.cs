using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>
/// Finds two threads that use the same shared element with no barrier between, at least one writing. A thread runs alone from wait to
/// wait, so what it wrote is what differs afterwards, and what it took a reference to without a difference counts as read. Hence a store
/// of the value that is already there counts as a read, and of many readers of a byte the last two are remembered.
/// </summary>
internal sealed class RaceWatch(SharedArena memory)
{
    private readonly byte[] before = new byte[memory.Bytes.Length];
    private readonly Accesses[] accesses = new Accesses[memory.Bytes.Length];
    private readonly HashSet<int> marked = [];
    private readonly List<(int Offset, int Bytes)> touched = [];
    private readonly List<(int Offset, int Bytes)> atomics = [];

    public void BeginGroup()
    {
        memory.Bytes.CopyTo(before);
        BeginInterval();
    }

    /// <summary>A barrier was passed by all: nothing before it can race with what follows.</summary>
    public void BeginInterval()
    {
        foreach (int offset in marked)
        {
            accesses[offset] = default;
        }
        marked.Clear();
    }

    public unsafe void Touch(void* address, int bytes)
    {
        if (memory.TryFind(address, out int offset))
        {
            touched.Add((offset, bytes));
        }
    }

    public unsafe void Atomic(void* address, int bytes)
    {
        if (memory.TryFind(address, out int offset))
        {
            // Taking the reference that the operation works on was no plain access.
            int taken = touched.LastIndexOf((offset, bytes));
            if (taken >= 0)
            {
                touched.RemoveAt(taken);
            }
            memory.Bytes.Slice(offset, bytes).CopyTo(before.AsSpan(offset));
            atomics.Add((offset, bytes));
        }
    }

    /// <summary>The thread stops here: its accesses since its last stop are compared with those of the others.</summary>
    public void EndSegment(EmulatedThread thread)
    {
        Span<byte> now = memory.Bytes[..memory.Used];
        Span<byte> old = before.AsSpan(0, memory.Used);
        for (int at = now.CommonPrefixLength(old); at < now.Length; at += 1 + now[(at + 1)..].CommonPrefixLength(old[(at + 1)..]))
        {
            Mark(at, thread, Access.Write);
        }
        now.CopyTo(old);
        foreach ((int offset, int bytes) in touched)
        {
            MarkAll(offset, bytes, thread, Access.Read);
        }
        foreach ((int offset, int bytes) in atomics)
        {
            MarkAll(offset, bytes, thread, Access.Atomic);
        }
        touched.Clear();
        atomics.Clear();
    }

    private void MarkAll(int offset, int bytes, EmulatedThread thread, Access access)
    {
        for (int at = offset; at < offset + bytes; at++)
        {
            Mark(at, thread, access);
        }
    }

    private void Mark(int offset, EmulatedThread thread, Access access)
    {
        ref var known = ref accesses[offset];
        marked.Add(offset);
        Compare(known.Writer, "writes");
        if (access is not Access.Read)
        {
            Compare(known.Reader, "reads");
            Compare(known.OtherReader, "reads");
        }
        if (access is not Access.Atomic)
        {
            Compare(known.Atomic, "changes atomically");
        }
        known = known.With(access, new(thread.LinearIndex, thread.WarpPhase, true));

        void Compare(Visit other, string verb)
        {
            bool ordered = other.Thread / KernelThread.WarpSize == thread.WarpIndex && other.WarpPhase != thread.WarpPhase;
            if (other.Happened && other.Thread != thread.LinearIndex && !ordered)
            {
                string own = access switch { Access.Read => "reads", Access.Write => "writes", _ => "changes atomically" };
                throw new RaceException(
                    $"race at {memory.Describe(offset)}: thread {other.Thread} {verb} and thread {thread.LinearIndex} {own} it with no barrier between");
            }
        }
    }

    private enum Access
    {
        Read,
        Write,
        Atomic,
    }

    private readonly record struct Visit(int Thread, int WarpPhase, bool Happened);

    private readonly record struct Accesses(Visit Writer, Visit Reader, Visit OtherReader, Visit Atomic)
    {
        public Accesses With(Access access, Visit visit) => access switch
        {
            Access.Write => this with { Writer = visit },
            Access.Atomic => this with { Atomic = visit },
            _ => this with { Reader = visit, OtherReader = Reader.Thread == visit.Thread ? OtherReader : Reader },
        };
    }
}

/// <summary>A race; the message names both threads and the element.</summary>
internal sealed class RaceException(string message) : Exception(message);
