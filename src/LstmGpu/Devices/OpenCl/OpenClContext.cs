namespace LstmGpu.Devices.OpenCl;

/// <summary>
/// A device with one in-order queue: commands run in the order of the calls, and only <see cref="Download"/> and <see cref="Finish"/> wait.
/// One thread at a time.
/// </summary>
internal sealed unsafe class OpenClContext : IDisposable
{
    public const int DefaultStaging = 8 << 20;

    private const nint PlatformProperty = 0x1084;
    private const ulong ReadWrite = 1 << 0;
    private readonly List<OpenClBuffer> buffers = [];
    private readonly ContextHandle context;
    private readonly OpenClStaging staging;

    /// <param name="stagingBytes">Pinned host memory for transfers, in two halves of a multiple of 8 bytes.</param>
    /// <exception cref="DeviceException">The device is not usable, or the driver refuses.</exception>
    public OpenClContext(OpenClDevice device, OpenClBinaryCache cache, int stagingBytes = DefaultStaging)
    {
        if (device.Unusable is not null)
        {
            throw new DeviceException($"OpenCL device '{device.Name}' cannot be used: {device.Unusable}");
        }
        Device = device;
        Cache = cache;
        nint id = device.Id;
        nint* properties = stackalloc nint[] { PlatformProperty, device.Platform, 0 };
        nint value = OpenClNative.CreateContext(properties, 1, &id, 0, 0, out int code);
        OpenClStatus.Check(code, "open", device.Name);
        context = new ContextHandle(value, Ledger);
        try
        {
            value = OpenClNative.CreateCommandQueue(context, device.Id, 0, out code);
            OpenClStatus.Check(code, "make a queue on", device.Name);
            Queue = new QueueHandle(value, Ledger);
            staging = new OpenClStaging(context, Queue, Ledger, stagingBytes);
        }
        catch
        {
            Queue?.Dispose();
            context.Dispose();
            throw;
        }
    }

    public OpenClDevice Device { get; }

    public OpenClBinaryCache Cache { get; }

    public HandleLedger Ledger { get; } = new();

    public ContextHandle Handle => context;

    public QueueHandle Queue { get; }

    /// <summary>Zero-filled memory.</summary>
    /// <exception cref="DeviceException">It does not fit beside what is allocated already.</exception>
    public OpenClBuffer Allocate(string name, long bytes)
    {
        long padded = OpenClBuffer.Padded(bytes);
        (string, long)[] all = [.. buffers.Select(b => (b.Name, OpenClBuffer.Padded(b.Bytes))), (name, padded)];
        MemoryPlan.Require(Device.Name, Device.GlobalMemory, Device.MaxAllocation, all, () => MemoryPlan.SmallerRun);
        nint value = OpenClNative.CreateBuffer(context, ReadWrite, (nuint)padded, null, out int code);
        OpenClStatus.Check(code, "allocate", name);
        var buffer = new OpenClBuffer(name, bytes, new MemoryHandle(value, Ledger), this);
        buffers.Add(buffer);
        try
        {
            Fill(new DeviceSlice<int>(buffer, 0, padded / sizeof(int)), 0);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
        if (!source.IsEmpty)
        {
            staging.Upload(source, destination.Handle(), destination.Start(), destination.Buffer.Name);
        }
    }

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged
    {
        if (!destination.IsEmpty)
        {
            staging.Download(source.Handle(), source.Start(), destination, source.Buffer.Name);
        }
    }

    /// <summary>x[…] = value, for values of 1, 2, 4 or 8 bytes.</summary>
    public void Fill<T>(DeviceSlice<T> x, T value) where T : unmanaged
    {
        if (!x.IsEmpty)
        {
            int code = OpenClNative.EnqueueFillBuffer(Queue, x.Handle(), &value, (nuint)sizeof(T), x.Start(), x.Size(), 0, null, null);
            OpenClStatus.Check(code, "fill", x.Buffer.Name);
        }
    }

    /// <summary>The slices must not overlap.</summary>
    public void Copy<T>(DeviceSlice<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
        if (!source.IsEmpty)
        {
            int code = OpenClNative.EnqueueCopyBuffer(
                Queue, source.Handle(), destination.Handle(), source.Start(), destination.Start(), source.Size(), 0, null, null);
            OpenClStatus.Check(code, "copy to", destination.Buffer.Name);
        }
    }

    /// <summary>Waits for everything enqueued so far.</summary>
    public void Finish() => OpenClStatus.Check(OpenClNative.Finish(Queue), "finish the work of", Device.Name);

    public void Forget(OpenClBuffer buffer) => buffers.Remove(buffer);

    public void Dispose()
    {
        if (Queue.IsClosed)
        {
            return;
        }
        // A failed device cannot finish; what it holds is released all the same.
        _ = OpenClNative.Finish(Queue);
        staging.Dispose();
        foreach (OpenClBuffer buffer in buffers.ToArray())
        {
            buffer.Dispose();
        }
        Queue.Dispose();
        context.Dispose();
    }
}
