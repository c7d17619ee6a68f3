using System.Runtime.InteropServices;
using ILGPU;

namespace LstmGpu.Devices.Emulator;

/// <summary>Device memory of the emulator: an array that kernels see as a view.</summary>
internal sealed unsafe class EmulatedMemory<T> : IDisposable where T : unmanaged
{
    // What a driver aligns its allocations to at least.
    private const int Alignment = 256;

    private T* first;

    /// <summary>Memory that holds zeros.</summary>
    public EmulatedMemory(int length)
    {
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        first = (T*)NativeMemory.AlignedAlloc(Math.Max(bytes, 1), Alignment);
        NativeMemory.Clear(first, bytes);
        View = new(first, length);
    }

    public EmulatedMemory(ReadOnlySpan<T> values) : this(values.Length) => values.CopyTo(Values);

    public ArrayView<T> View { get; }

    public Span<T> Values => new(first, View.IntLength);

    public void Dispose()
    {
        NativeMemory.AlignedFree(first);
        first = null;
    }
}
