using LstmGpu.Devices;

namespace LstmGpu.Memory;

/// <summary>One device buffer for all entries of a layout, so that a norm, an update or a checkpoint is one range.</summary>
internal sealed class Arena(IBackend backend, string name, ArenaLayout layout) : IDisposable
{
    private readonly DeviceBuffer buffer = backend.Allocate(name, layout.Bytes);

    public ArenaLayout Layout { get; } = layout;

    public DeviceSlice<float> All => new(buffer, 0, Layout.Length);

    public DeviceSlice<float> this[ArenaEntry entry] => new(buffer, entry.Offset, entry.Count);

    public void Dispose() => buffer.Dispose();
}
