namespace LstmGpu.Devices.OpenCl;

/// <summary>Device memory of one context, with a tail that vector reads may run into.</summary>
internal sealed class OpenClBuffer(string name, long bytes, MemoryHandle handle, OpenClContext owner) : DeviceBuffer(name, bytes)
{
    // The widest read of a kernel is a vector of 4 floats per thread; a whole group may stand past the last row.
    private const long Tail = 256;

    private const long Granule = 16;

    public MemoryHandle Handle { get; } = handle;

    /// <summary>What a buffer of <paramref name="bytes"/> takes from the device.</summary>
    public static long Padded(long bytes) => checked(bytes + Tail + Granule - 1) / Granule * Granule;

    /// <summary>The largest buffer that still fits <paramref name="bytes"/> with its padding.</summary>
    public static long Unpadded(long bytes) => Math.Max(0, bytes / Granule * Granule - Tail - Granule + 1);

    public override void Dispose()
    {
        if (!Handle.IsClosed)
        {
            Handle.Dispose();
            owner.Forget(this);
        }
    }
}

internal static class OpenClSlice
{
    public static MemoryHandle Handle<T>(this DeviceSlice<T> slice) where T : unmanaged => ((OpenClBuffer)slice.Buffer).Handle;

    /// <summary>Bytes from the start of the buffer.</summary>
    public static unsafe nuint Start<T>(this DeviceSlice<T> slice) where T : unmanaged => (nuint)slice.Offset * (nuint)sizeof(T);

    public static unsafe nuint Size<T>(this DeviceSlice<T> slice) where T : unmanaged => (nuint)slice.Length * (nuint)sizeof(T);
}
