using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cuda;

/// <summary>
/// Pinned host memory in two halves: while the device moves one, the host copies the other. From pageable memory the driver would copy, and wait,
/// at every transfer.
/// </summary>
internal sealed unsafe class CudaStaging : IDisposable
{
    private const uint WithoutTiming = 2;
    private readonly StreamHandle stream;
    private readonly PinnedHandle memory;
    private readonly EventHandle[] busy;
    private readonly int half;

    // Taken in turn over calls too: two small uploads one after the other need not wait for the first.
    private int next;

    public CudaStaging(PrimaryContextHandle context, StreamHandle stream, HandleLedger ledger, int bytes)
    {
        this.stream = stream;
        half = bytes / 2;
        CudaStatus.Check(CudaNative.MemHostAlloc(out nint value, (nuint)bytes, 0), "allocate", "staging memory");
        memory = new PinnedHandle(value, context, ledger);
        busy = new EventHandle[2];
        for (int side = 0; side < 2; side++)
        {
            int code = CudaNative.EventCreate(out value, WithoutTiming);
            if (code != CudaStatus.Success)
            {
                Dispose();
                throw CudaStatus.Failure(code, "make an event for", "staging memory");
            }
            busy[side] = new EventHandle(value, context, ledger);
        }
    }

    /// <summary>Returns when <paramref name="source"/> may be changed; the last chunks may still be under way.</summary>
    public void Upload<T>(ReadOnlySpan<T> source, nint destination, string name) where T : unmanaged
    {
        for (int done = 0; done < source.Length;)
        {
            int side = next;
            next ^= 1;
            ReadOnlySpan<T> part = source.Slice(done, Math.Min(half / sizeof(T), source.Length - done));
            Wait(side);
            part.CopyTo(Half<T>(side, part.Length));
            nint at = destination + ((nint)done * sizeof(T));
            CudaStatus.Check(CudaNative.MemcpyHtoDAsync(at, Address(side), Bytes<T>(part.Length), stream), "upload to", name);
            Mark(side);
            done += part.Length;
        }
    }

    /// <summary>Waits for everything enqueued before, then for the data.</summary>
    public void Download<T>(nint source, Span<T> destination, string name) where T : unmanaged
    {
        Span<T> arriving = default;
        int side = 0;
        for (int done = 0; done < destination.Length; side ^= 1)
        {
            Span<T> part = destination.Slice(done, Math.Min(half / sizeof(T), destination.Length - done));
            Wait(side);
            nint at = source + ((nint)done * sizeof(T));
            CudaStatus.Check(CudaNative.MemcpyDtoHAsync(Address(side), at, Bytes<T>(part.Length), stream), "download", name);
            Mark(side);
            Arrive(arriving, side ^ 1);
            arriving = part;
            done += part.Length;
        }
        Arrive(arriving, side ^ 1);
    }

    /// <summary>The stream must be idle.</summary>
    public void Dispose()
    {
        foreach (EventHandle? handle in busy)
        {
            handle?.Dispose();
        }
        memory.Dispose();
    }

    private void Arrive<T>(Span<T> part, int side) where T : unmanaged
    {
        if (!part.IsEmpty)
        {
            Wait(side);
            Half<T>(side, part.Length).CopyTo(part);
        }
    }

    private void Mark(int side) => CudaStatus.Check(CudaNative.EventRecord(busy[side], stream), "mark", "transfer");

    private void Wait(int side) => CudaStatus.Check(CudaNative.EventSynchronize(busy[side]), "finish", "transfer");

    private byte* Address(int side) => memory.Pointer + ((long)side * half);

    private Span<T> Half<T>(int side, int length) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(new Span<byte>(Address(side), length * sizeof(T)));

    private static nuint Bytes<T>(int length) where T : unmanaged => (nuint)length * (nuint)sizeof(T);
}
