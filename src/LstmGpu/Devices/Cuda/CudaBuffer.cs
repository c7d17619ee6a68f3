namespace LstmGpu.Devices.Cuda;

/// <summary>Device memory of one context, with a tail that vector reads may run into.</summary>
internal sealed class CudaBuffer(string name, long bytes, MemoryHandle handle, CudaContext owner) : DeviceBuffer(name, bytes)
{
    // The widest read of a kernel is a vector of 4 floats per thread; a whole group may stand past the last row.
    private const long Tail = 256;

    private const long Granule = 16;

    /// <summary>The driver's address, at a multiple of 256.</summary>
    public nint Address => handle.Address;

    /// <summary>What a buffer of <paramref name="bytes"/> takes from the device.</summary>
    public static long Padded(long bytes) => checked(bytes + Tail + Granule - 1) / Granule * Granule;

    public override void Dispose()
    {
        if (!handle.IsClosed)
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
