using System.Runtime.InteropServices;
using ILGPU;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Emulator;

/// <summary>The shared memory of the group that runs: the dynamic part first, then one array per place in the source.</summary>
internal sealed unsafe class SharedArena : IDisposable
{
    /// <summary>Fills memory that nobody has written: NaN as a float, −1 as an integer. A device leaves anything there.</summary>
    public const byte Unwritten = 0xFF;

    // A device aligns to the largest vector that a kernel loads.
    private const int Alignment = 16;

    private readonly Dictionary<(string File, int Line), Site> sites = [];
    private readonly int capacity;
    private readonly LaunchShape shape;
    private byte* memory;

    public SharedArena(int capacity, LaunchShape shape)
    {
        this.capacity = capacity;
        this.shape = shape;
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, 128);
        Used = shape.DynamicSharedBytes;
        Bytes.Fill(Unwritten);
    }

    public int Used { get; private set; }

    public Span<byte> Bytes => new(memory, capacity);

    public void Clear()
    {
        Bytes[..Used].Fill(Unwritten);
        foreach (var site in sites.Values)
        {
            Array.Clear(site.Taken);
        }
    }

    public ArrayView<T> Dynamic<T>(bool watched) where T : unmanaged => new((T*)memory, shape.DynamicSharedBytes / sizeof(T), watched);

    public ArrayView<T> Allocate<T>(EmulatedThread thread, int length, string file, int line, bool watched) where T : unmanaged
    {
        if (!sites.TryGetValue((file, line), out var site))
        {
            int offset = (Used + Alignment - 1) / Alignment * Alignment;
            if (offset + ((long)length * sizeof(T)) > capacity)
            {
                throw new InvalidOperationException(
                    $"shared memory: {offset} bytes are taken, {(long)length * sizeof(T)} more are asked for, a group has {capacity}");
            }
            site = new(offset, length, sizeof(T), $"{typeof(T).Name}[{length}] of {Path.GetFileName(file)}:{line}", new bool[shape.Group.Size]);
            sites.Add((file, line), site);
            Used = offset + (length * sizeof(T));
        }
        if (site.Length != length || site.ElementBytes != sizeof(T))
        {
            throw new InvalidOperationException(
                $"shared {site.Name} is now asked for as {typeof(T).Name}[{length}]; its type and length are constants of the kernel");
        }
        if (site.Taken[thread.LinearIndex])
        {
            throw new InvalidOperationException(
                $"shared {site.Name} is allocated twice; give each array a line of its own, outside loops and helpers that are called twice");
        }
        site.Taken[thread.LinearIndex] = true;
        return new((T*)(memory + site.Offset), length, watched);
    }

    /// <summary>What stands here at the place of a view of another group's memory.</summary>
    public ArrayView<T> SameAs<T>(ArrayView<T> view, SharedArena other) where T : unmanaged
    {
        fixed (T* first = &view[0])
        {
            return other.TryFind(first, out int offset) && offset + view.LengthInBytes <= Used
                ? new((T*)(memory + offset), view.Length)
                : throw new InvalidOperationException("a view that is not shared memory of both groups was asked for in another group of the cluster");
        }
    }

    /// <summary>Where an address lies, in bytes; false for memory that is not the group's.</summary>
    public bool TryFind(void* address, out int offset)
    {
        long distance = (byte*)address - memory;
        offset = (int)distance;
        return distance >= 0 && distance < Used;
    }

    public string Describe(int offset)
    {
        foreach (var site in sites.Values.Where(s => offset >= s.Offset && offset < s.Offset + (s.Length * s.ElementBytes)))
        {
            return $"element {(offset - site.Offset) / site.ElementBytes} of shared {site.Name}";
        }
        return $"byte {offset} of the dynamic shared memory";
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }

    private sealed record Site(int Offset, int Length, int ElementBytes, string Name, bool[] Taken);
}
