using System.Runtime.InteropServices;
using LstmGpu.Devices;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>
/// Memory for one call of an operation. Every slice stands at an odd offset between 64 guard words on both sides, so that no operation may
/// assume alignment, write outside its slice or let what it reads there reach a result: the guard is NaN.
/// </summary>
internal sealed class GuardedMemory(IBackend backend, string call) : IDisposable
{
    private const int GuardWords = 64;
    private const int GuardPattern = 0x7FC5A5A5;   // a quiet NaN that no arithmetic makes; as a token it lies outside every vocabulary
    private static readonly int[] OddOffsets = [3, 5, 1, 7];

    private readonly List<Block> blocks = [];

    /// <summary>A slice that the operation only reads; it must hold the same bits afterwards.</summary>
    public DeviceSlice<float> In(string name, float[] values) => Add<float>(name, MemoryMarshal.Cast<float, int>(values), readOnly: true);

    /// <inheritdoc cref="In(string, float[])"/>
    public DeviceSlice<int> In(string name, int[] values) => Add<int>(name, values, readOnly: true);

    /// <summary>A slice that the operation reads and writes, with what it holds before.</summary>
    public DeviceSlice<float> InOut(string name, float[] values) => Add<float>(name, MemoryMarshal.Cast<float, int>(values), readOnly: false);

    /// <summary>A slice that the operation must write in full, or scratch: NaN before.</summary>
    public DeviceSlice<float> Out(string name, long length)
    {
        float[] nothing = new float[length];
        Array.Fill(nothing, float.NaN);
        return InOut(name, nothing);
    }

    /// <inheritdoc cref="Out(string, long)"/>
    public DeviceSlice<int> OutIntegers(string name, int length)
    {
        int[] nothing = new int[length];
        Array.Fill(nothing, -1);
        return Add<int>(name, nothing, readOnly: false);
    }

    public T[] Read<T>(DeviceSlice<T> slice) where T : unmanaged
    {
        T[] values = new T[slice.Length];
        backend.Download(slice, values.AsSpan());
        return values;
    }

    /// <summary>Checks that the guards of all slices, and the contents of those that are only read, have not changed.</summary>
    public void CheckUntouched()
    {
        foreach (Block block in blocks)
        {
            int[] after = new int[block.Before.Length];
            backend.Download(new DeviceSlice<int>(block.Buffer, 0, after.Length), after.AsSpan());
            for (int n = 0; n < after.Length; n++)
            {
                bool inside = n >= block.Offset && n < block.Offset + block.Length;
                if ((!inside || block.ReadOnly) && after[n] != block.Before[n])
                {
                    string place = inside ? "a slice that is only read" : "memory outside its slice";
                    Assert.Fail($"{call} wrote to {place}: '{block.Buffer.Name}' [{n - block.Offset}] of {block.Length}, found the bits {after[n]:X8}");
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Block block in blocks)
        {
            block.Buffer.Dispose();
        }
    }

    private DeviceSlice<T> Add<T>(string name, ReadOnlySpan<int> words, bool readOnly) where T : unmanaged
    {
        int offset = GuardWords + OddOffsets[blocks.Count % OddOffsets.Length];
        int[] contents = new int[offset + words.Length + GuardWords];
        Array.Fill(contents, GuardPattern);
        words.CopyTo(contents.AsSpan(offset));
        DeviceBuffer buffer = backend.Allocate(name, contents.Length * (long)sizeof(int));
        backend.Upload<int>(contents, new DeviceSlice<int>(buffer, 0, contents.Length));
        blocks.Add(new(buffer, contents, offset, words.Length, readOnly));
        return new(buffer, offset, words.Length);
    }

    private sealed record Block(DeviceBuffer Buffer, int[] Before, int Offset, int Length, bool ReadOnly);
}
