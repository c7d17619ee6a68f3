namespace LstmGpu.Devices.Cuda;

/// <summary>Device memory of one context, with a tail that vector reads may run into; or memory of somebody else, which is left to him.</summary>
internal sealed class CudaBuffer : DeviceBuffer
{
    // The widest read of a kernel is a vector of 4 floats per thread; a whole group may stand past the last row.
    private const long Tail = 256;

    private const long Granule = 16;
    private readonly MemoryHandle? handle;
    private readonly nint borrowed;
    private readonly CudaContext owner;

    public CudaBuffer(string name, long bytes, MemoryHandle handle, CudaContext owner) : base(name, bytes) => (this.handle, this.owner) = (handle, owner);

    private CudaBuffer(CudaTensor tensor, CudaContext owner) : base("borrowed memory", tensor.Count * sizeof(float)) => (borrowed, this.owner) = (tensor.Pointer, owner);

    /// <summary>The driver's address, at a multiple of 256 where the memory is our own.</summary>
    public nint Address => handle?.Address ?? borrowed;

    public override bool BeginsAVector => Address % 16 == 0;

    /// <inheritdoc cref="IBackend.Borrow"/>
    public static DeviceSlice<float> Borrow(CudaTensor tensor, CudaContext owner)
    {
        if (tensor.Count == 0)
        {
            return default;
        }
        if (tensor.Count < 0 || tensor.Pointer == 0 || tensor.Pointer % sizeof(float) != 0)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"a CudaTensor has the address 0x{tensor.Pointer:x} and {tensor.Count} elements, expected the address of device memory, a multiple of {sizeof(float)}"));
        }
        owner.RequireOwn(tensor.Pointer);
        return new(new CudaBuffer(tensor, owner), 0, tensor.Count);
    }

    /// <summary>What a buffer of <paramref name="bytes"/> takes from the device.</summary>
    public static long Padded(long bytes) => checked(bytes + Tail + Granule - 1) / Granule * Granule;

    public override void Dispose()
    {
        if (handle is { IsClosed: false })
        {
            handle.Dispose();
            owner.Forget(this);
        }
    }
}

internal static class CudaSlice
{
    /// <summary>Of the first element.</summary>
    public static unsafe nint Address<T>(this DeviceSlice<T> slice) where T : unmanaged =>
        ((CudaBuffer)slice.Buffer).Address + ((nint)slice.Offset * sizeof(T));

    public static unsafe nuint Size<T>(this DeviceSlice<T> slice) where T : unmanaged => (nuint)slice.Length * (nuint)sizeof(T);
}
