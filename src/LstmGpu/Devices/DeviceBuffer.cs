namespace LstmGpu.Devices;

/// <summary>
/// A block of device memory, owned by the backend that allocated it. Allocated once per run, never inside a training step.
/// </summary>
internal abstract class DeviceBuffer(string name, long bytes) : IDisposable
{
    /// <summary>What the buffer is for; appears in the memory plan and in out-of-memory errors.</summary>
    public string Name { get; } = name;

    public long Bytes { get; } = bytes;

    /// <summary>Whether its first element can be that of a vector of 16 bytes; so it is where a device allocated it.</summary>
    public virtual bool BeginsAVector => true;

    public abstract void Dispose();
}

/// <summary>A typed range of a device buffer: the only way that operations name memory.</summary>
internal readonly record struct DeviceSlice<T>(DeviceBuffer Buffer, long Offset, long Length) where T : unmanaged
{
    /// <summary>A part of this slice, in elements.</summary>
    public DeviceSlice<T> Slice(long offset, long length)
    {
        if ((ulong)offset > (ulong)Length || (ulong)length > (ulong)(Length - offset))
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"slice [{offset}, {offset + length}) of '{Buffer.Name}' exceeds its {Length} elements");
        }
        return new(Buffer, Offset + offset, length);
    }

    public bool IsEmpty => Length == 0;

    /// <summary>The slice as launchers of kernels take it.</summary>
    public static implicit operator Kernels.KernelMemory<T>(DeviceSlice<T> slice) => new(slice.Buffer, slice.Offset, slice.Length);
}
