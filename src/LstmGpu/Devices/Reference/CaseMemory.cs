namespace LstmGpu.Devices.Reference;

/// <summary>Device memory for one case. Every slice stands at an odd offset, so that no operation may assume alignment.</summary>
internal sealed class CaseMemory(IBackend backend) : IDisposable
{
    private static readonly int[] OddOffsets = [3, 5, 1, 7];

    private readonly List<DeviceBuffer> buffers = [];

    public DeviceSlice<float> Of(float[] values) => Place<float>(values);

    public DeviceSlice<int> Of(int[] values) => Place<int>(values);

    /// <summary>Memory that the operation must write in full: NaN before.</summary>
    public DeviceSlice<float> Unset(long length)
    {
        float[] nothing = new float[length];
        Array.Fill(nothing, float.NaN);
        return Of(nothing);
    }

    public T[] Read<T>(DeviceSlice<T> slice) where T : unmanaged
    {
        T[] values = new T[slice.Length];
        backend.Download(slice, values.AsSpan());
        return values;
    }

    public void Dispose()
    {
        foreach (DeviceBuffer buffer in buffers)
        {
            buffer.Dispose();
        }
    }

    private DeviceSlice<T> Place<T>(T[] values) where T : unmanaged
    {
        int offset = OddOffsets[buffers.Count % OddOffsets.Length];
        DeviceBuffer buffer = backend.Allocate("case", (offset + values.Length + 1) * 4L);
        buffers.Add(buffer);
        DeviceSlice<T> slice = new(buffer, offset, values.Length);
        if (!slice.IsEmpty)
        {
            backend.Upload<T>(values, slice);
        }
        return slice;
    }
}
