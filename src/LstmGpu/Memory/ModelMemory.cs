using LstmGpu.Devices;

namespace LstmGpu.Memory;

/// <summary>
/// All memory of a model. Layers register what they need while they are constructed; then everything is allocated at once.
/// Reserve is written by forward and read by backward; Workspace is scratch; Packed holds the device's own form of the weights.
/// </summary>
internal sealed class ModelMemory(bool training) : IDisposable
{
    private Arena? parameters, frozen, gradients, reserve, workspace, packed;

    /// <summary>Whether gradients and backward scratch exist.</summary>
    public bool Training { get; } = training;

    public ArenaLayout ParameterLayout { get; } = new("parameters");

    /// <summary>Parameters that no optimizer sees: neither clipping nor weight decay counts them. Mostly empty.</summary>
    public ArenaLayout FrozenLayout { get; } = new("frozen parameters");

    public ArenaLayout ReserveLayout { get; } = new("reserve");

    public ArenaLayout WorkspaceLayout { get; } = new("workspace");

    public ArenaLayout PackedLayout { get; } = new("packed weights");

    public Arena Parameters => parameters!;

    public Arena Frozen => frozen!;

    public Arena Gradients => gradients!;

    /// <summary>What a checkpoint keeps: the parameters and those that are frozen.</summary>
    public IEnumerable<Arena> Stored => frozen is null ? [Parameters] : [Parameters, frozen];

    /// <summary>The entries of <see cref="Stored"/>, known before it is allocated.</summary>
    public IEnumerable<ArenaEntry> StoredEntries => ParameterLayout.Entries.Concat(FrozenLayout.Entries);

    public Arena Reserve => reserve!;

    public Arena Workspace => workspace!;

    public Arena Packed => packed!;

    /// <summary>Names and bytes of the arenas, in the order of <see cref="Allocate"/>.</summary>
    public IEnumerable<(string Name, long Bytes)> Plan()
    {
        yield return (ParameterLayout.Name, ParameterLayout.Bytes);
        if (FrozenLayout.Length > 0)
        {
            yield return (FrozenLayout.Name, FrozenLayout.Bytes);
        }
        if (Training)
        {
            yield return ("gradients", ParameterLayout.Bytes);
        }
        yield return (ReserveLayout.Name, ReserveLayout.Bytes);
        yield return (WorkspaceLayout.Name, WorkspaceLayout.Bytes);
        yield return (PackedLayout.Name, PackedLayout.Bytes);
    }

    /// <exception cref="DeviceException">The device has not that much memory.</exception>
    public void Allocate(IBackend backend)
    {
        parameters = new Arena(backend, ParameterLayout.Name, ParameterLayout);
        frozen = FrozenLayout.Length > 0 ? new Arena(backend, FrozenLayout.Name, FrozenLayout) : null;
        gradients = Training ? new Arena(backend, "gradients", ParameterLayout) : null;
        reserve = new Arena(backend, ReserveLayout.Name, ReserveLayout);
        workspace = new Arena(backend, WorkspaceLayout.Name, WorkspaceLayout);
        packed = new Arena(backend, PackedLayout.Name, PackedLayout);
    }

    public void Dispose()
    {
        parameters?.Dispose();
        frozen?.Dispose();
        gradients?.Dispose();
        reserve?.Dispose();
        workspace?.Dispose();
        packed?.Dispose();
    }
}
