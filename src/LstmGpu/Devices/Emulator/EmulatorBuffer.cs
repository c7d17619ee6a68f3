using System.Runtime.InteropServices;

namespace LstmGpu.Devices.Emulator;

/// <summary>Host memory that holds zeros, aligned as a driver aligns its allocations at least.</summary>
internal sealed unsafe class EmulatorBuffer : DeviceBuffer
{
    private const int Alignment = 256;

    /// <exception cref="DeviceException">The host has not that much memory.</exception>
    public EmulatorBuffer(string name, long bytes) : base(name, bytes)
    {
        try
        {
            Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);
        }
        catch (OutOfMemoryException e)
        {
            throw new DeviceException($"device '{EmulatorDevice.Name}' cannot give {bytes:N0} bytes for '{name}'; use a smaller --batch, --bptt or --hidden", e);
        }
        NativeMemory.Clear(Pointer, (nuint)bytes);
    }

    public byte* Pointer { get; private set; }

    public override void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
