using System.Runtime.InteropServices;

namespace LstmGpu.Devices.OpenCl;

/// <summary>
/// Pinned host memory, mapped once, in two halves: while the device moves one, the host copies the other. The driver would otherwise pin and
/// unpin the caller's memory at every transfer.
/// </summary>
internal sealed unsafe class OpenClStaging : IDisposable
{
    private const ulong ReadWrite = 1 << 0, AllocateHostMemory = 1 << 4, MapReadWrite = (1 << 0) | (1 << 1);
    private readonly QueueHandle queue;
    private readonly MemoryHandle memory;
    private readonly EventHandle[] busy;
    private readonly byte* mapped;
    private readonly int half;

    public OpenClStaging(ContextHandle context, QueueHandle queue, HandleLedger ledger, int bytes)
    {
        this.queue = queue;
        half = bytes / 2;
        nint value = OpenClNative.CreateBuffer(context, ReadWrite | AllocateHostMemory, (nuint)bytes, null, out int code);
        OpenClStatus.Check(code, "allocate", "staging memory");
        memory = new MemoryHandle(value, ledger);
        busy = [new EventHandle(ledger), new EventHandle(ledger)];
        mapped = (byte*)OpenClNative.EnqueueMapBuffer(queue, memory, 1, MapReadWrite, 0, (nuint)bytes, 0, null, null, out code);
        if (code != OpenClStatus.Success)
        {
            memory.Dispose();
            throw OpenClStatus.Failure(code, "map", "staging memory");
        }
    }

    /// <summary>Returns when <paramref name="source"/> may be changed; the last chunks may still be under way.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, MemoryHandle destination, nuint start, string name) where T : unmanaged
    {
        for (int done = 0, side = 0; done < source.Length; side ^= 1)
        {
            ReadOnlySpan<T> part = source.Slice(done, Math.Min(half / sizeof(T), source.Length - done));
            busy[side].Wait();
            part.CopyTo(Half<T>(side, part.Length));
            nint signal;
            nuint at = start + ((nuint)done * (nuint)sizeof(T));
            int code = OpenClNative.EnqueueWriteBuffer(queue, destination, 0, at, Bytes<T>(part.Length), Address(side), 0, null, &signal);
            OpenClStatus.Check(code, "upload to", name);
            busy[side].Track(signal);
            done += part.Length;
        }
    }

    /// <summary>Waits for everything enqueued before, then for the data.</summary>
    public void Download<T>(MemoryHandle source, nuint start, Span<T> destination, string name) where T : unmanaged
    {
        Span<T> arriving = default;
        int side = 0;
        for (int done = 0; done < destination.Length; side ^= 1)
        {
            Span<T> part = destination.Slice(done, Math.Min(half / sizeof(T), destination.Length - done));
            busy[side].Wait();
            nint signal;
            nuint at = start + ((nuint)done * (nuint)sizeof(T));
            int code = OpenClNative.EnqueueReadBuffer(queue, source, 0, at, Bytes<T>(part.Length), Address(side), 0, null, &signal);
            OpenClStatus.Check(code, "download", name);
            busy[side].Track(signal);
            Arrive(arriving, side ^ 1);
            arriving = part;
            done += part.Length;
        }
        Arrive(arriving, side ^ 1);
    }

    /// <summary>The queue must be idle.</summary>
    public void Dispose()
    {
        if (memory.IsClosed)
        {
            return;
        }
        foreach (EventHandle handle in busy)
        {
            handle.Dispose();
        }
        // A lost device refuses this; its memory is gone with it.
        _ = OpenClNative.EnqueueUnmapMemObject(queue, memory, mapped, 0, null, null);
        _ = OpenClNative.Finish(queue);
        memory.Dispose();
    }

    private void Arrive<T>(Span<T> part, int side) where T : unmanaged
    {
        if (!part.IsEmpty)
        {
            busy[side].Wait();
            Half<T>(side, part.Length).CopyTo(part);
        }
    }

    private byte* Address(int side) => mapped + ((long)side * half);

    private Span<T> Half<T>(int side, int length) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(new Span<byte>(Address(side), length * sizeof(T)));

    private static nuint Bytes<T>(int length) where T : unmanaged => (nuint)length * (nuint)sizeof(T);
}
