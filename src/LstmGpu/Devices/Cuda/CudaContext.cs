using System.Globalization;

namespace LstmGpu.Devices.Cuda;

/// <summary>
/// A device's primary context with one stream: commands run in the order of the calls, and only <see cref="Download"/> and <see cref="Finish"/> wait.
/// One thread at a time.
/// </summary>
internal sealed unsafe class CudaContext : IDisposable
{
    public const int DefaultStaging = 8 << 20;

    // Work on the stream 0 of other libraries is not waited for.
    private const uint NonBlocking = 1;

    // CU_STREAM_LEGACY: the default stream by a name that is not null.
    private const nint DefaultStream = 1;
    private readonly List<CudaBuffer> buffers = [];
    private readonly PrimaryContextHandle context;
    private readonly CudaStaging staging;

    /// <param name="stagingBytes">Pinned host memory for transfers, in two halves of a multiple of 8 bytes.</param>
    /// <param name="borrowed">A stream of the caller's, 0 the default one; null: one of our own.</param>
    /// <exception cref="DeviceException">The device is not usable, the stream belongs to another context, or the driver refuses.</exception>
    public CudaContext(CudaDevice device, int stagingBytes = DefaultStaging, nint? borrowed = null)
    {
        if (device.Unusable is not null)
        {
            throw new DeviceException($"CUDA device '{device.Name}' cannot be used: {device.Unusable}");
        }
        Device = device;
        CudaStatus.Check(CudaNative.DevicePrimaryCtxRetain(out nint value, device.Id), "open", device.Name);
        context = new PrimaryContextHandle(value, device.Id, Ledger);
        try
        {
            context.Enter();
            Stream = borrowed is { } stream ? Borrow(stream) : MakeStream();
            staging = new CudaStaging(context, Stream, Ledger, stagingBytes);
        }
        catch
        {
            Stream?.Dispose();
            context.Dispose();
            throw;
        }
    }

    public CudaDevice Device { get; }

    public HandleLedger Ledger { get; } = new();

    public StreamHandle Stream { get; }

    public PrimaryContextHandle Handle => context;

    /// <summary>Makes this the calling thread's context; before every call of the driver that another class makes.</summary>
    public void Enter() => context.Enter();

    /// <summary>Zero-filled memory.</summary>
    /// <exception cref="DeviceException">It does not fit beside what is allocated already, here or by others.</exception>
    public CudaBuffer Allocate(string name, long bytes)
    {
        long padded = CudaBuffer.Padded(bytes);
        (string, long)[] all = [.. buffers.Select(b => (b.Name, CudaBuffer.Padded(b.Bytes))), (name, padded)];
        MemoryPlan.Require(Device.Name, Device.GlobalMemory, null, all, () => MemoryPlan.SmallerRun);
        Enter();
        int code = Device.HasPools ? CudaNative.MemAllocAsync(out nint value, (nuint)padded, Stream) : CudaNative.MemAlloc(out value, (nuint)padded);
        CudaStatus.Check(code, "allocate", code == CudaStatus.OutOfMemory ? WithSizes(name, padded) : name);
        var buffer = new CudaBuffer(name, bytes, new MemoryHandle(value, Stream, Device.HasPools, Ledger), this);
        buffers.Add(buffer);
        try
        {
            CudaStatus.Check(CudaNative.MemsetD8Async(value, 0, (nuint)padded, Stream), "clear", name);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Memory of somebody else must be this device's: a kernel that reads any other ends the context.</summary>
    /// <exception cref="DeviceException">It is another device's, or no memory that the driver knows.</exception>
    public void RequireOwn(nint memory)
    {
        Enter();
        int code = CudaNative.PointerGetAttribute(out int ordinal, CudaPointerAttribute.DeviceOrdinal, memory);
        string? found = code == CudaStatus.InvalidValue ? "no memory that the CUDA driver knows" : code == CudaStatus.Success && ordinal != Device.Ordinal ? FormattableString.Invariant($"memory of CUDA device {ordinal}") : null;
        if (found is not null)
        {
            throw new DeviceException(FormattableString.Invariant($"0x{memory:x} is {found}, expected memory of device {Device.Ordinal}, '{Device.Name}'; hand over a tensor that lies there"));
        }
        CudaStatus.Check(code, "look at", "borrowed memory");
    }

    public void Upload<T>(ReadOnlySpan<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
        if (!source.IsEmpty)
        {
            Enter();
            staging.Upload(source, destination.Address(), destination.Buffer.Name);
        }
    }

    public void Download<T>(DeviceSlice<T> source, Span<T> destination) where T : unmanaged
    {
        if (!destination.IsEmpty)
        {
            Enter();
            staging.Download(source.Address(), destination, source.Buffer.Name);
        }
    }

    /// <summary>x[…] = value.</summary>
    public void Fill(DeviceSlice<float> x, float value)
    {
        if (!x.IsEmpty)
        {
            Enter();
            uint bits = BitConverter.SingleToUInt32Bits(value);
            CudaStatus.Check(CudaNative.MemsetD32Async(x.Address(), bits, (nuint)x.Length, Stream), "fill", x.Buffer.Name);
        }
    }

    /// <summary>The slices must not overlap.</summary>
    public void Copy<T>(DeviceSlice<T> source, DeviceSlice<T> destination) where T : unmanaged
    {
        if (!source.IsEmpty)
        {
            Enter();
            int code = CudaNative.MemcpyDtoDAsync(destination.Address(), source.Address(), source.Size(), Stream);
            CudaStatus.Check(code, "copy to", destination.Buffer.Name);
        }
    }

    /// <summary>Waits for everything enqueued so far.</summary>
    public void Finish()
    {
        Enter();
        CudaStatus.Check(CudaNative.StreamSynchronize(Stream), "finish the work of", Device.Name);
    }

    public void Forget(CudaBuffer buffer) => buffers.Remove(buffer);

    public void Dispose()
    {
        if (Stream.IsClosed)
        {
            return;
        }
        // A failed device cannot finish; what it holds is released all the same.
        _ = CudaNative.CtxSetCurrent(context.DangerousGetHandle());
        _ = CudaNative.StreamSynchronize(Stream);
        staging.Dispose();
        foreach (CudaBuffer buffer in buffers.ToArray())
        {
            buffer.Dispose();
        }
        Stream.Dispose();
        context.Dispose();
    }

    private StreamHandle MakeStream()
    {
        CudaStatus.Check(CudaNative.StreamCreate(out nint value, NonBlocking), "make a stream on", Device.Name);
        return new StreamHandle(value, context, Ledger);
    }

    private StreamHandle Borrow(nint stream)
    {
        stream = stream == 0 ? DefaultStream : stream;
        CudaStatus.Check(CudaNative.StreamGetCtx(stream, out nint its), "look at a stream on", Device.Name);
        return its == context.DangerousGetHandle()
            ? new StreamHandle(stream, context, Ledger, owned: false)
            : throw new DeviceException($"the stream 0x{stream:x} belongs to another context, expected the primary context of '{Device.Name}'; hand over a stream of it");
    }

    private string WithSizes(string name, long bytes)
    {
        string free = CudaNative.MemGetInfo(out nuint left, out nuint total) == CudaStatus.Success ? $", {Count((long)left)} of {Count((long)total)} are free" : "";
        return $"{name}: {Count(bytes)} bytes{free}, {Count(buffers.Sum(b => CudaBuffer.Padded(b.Bytes)))} are in other buffers of this run";
    }

    private static string Count(long bytes) => bytes.ToString("N0", CultureInfo.InvariantCulture);
}
