using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>Host memory on a cache-line border, with a tail that vector reads may run into.</summary>
internal sealed unsafe class CpuBuffer : DeviceBuffer
{
    private const int Alignment = 64;

    // A whole-vector read of the last, partly valid vector of a matrix runs over by at most 15 floats; row packing by at most 7.
    private const int Tail = 2 * 64;

    public CpuBuffer(string name, long bytes) : base(name, bytes)
    {
        try
        {
            Pointer = (byte*)NativeMemory.AlignedAlloc(checked((nuint)bytes + Tail), Alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceException($"device 'cpu' cannot give {bytes:N0} bytes for '{name}'; use a smaller --batch, --bptt or --hidden", e);
        }
        NativeMemory.Clear(Pointer, (nuint)bytes + Tail);
    }

    public byte* Pointer { get; private set; }

    public override void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}

internal static unsafe class CpuSlice
{
    /// <summary>The address of a slice's first element; null for an empty slice.</summary>
    public static T* Pointer<T>(this DeviceSlice<T> slice) where T : unmanaged =>
        slice.IsEmpty ? null : (T*)((CpuBuffer)slice.Buffer).Pointer + slice.Offset;
}
