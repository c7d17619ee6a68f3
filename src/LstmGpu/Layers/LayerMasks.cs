using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The masks inside a layer's recurrence: drawn in bulk before it, so that the recurrence only reads them.</summary>
internal sealed class LayerMasks
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly RecurrentShape largest;
    private readonly StackOptions options;
    private readonly int place;
    private readonly ArenaEntry? hidden, candidate, zoneoutHidden, zoneoutCell;

    public LayerMasks(IBackend backend, ModelMemory memory, string suffix, int place, RecurrentShape shape, StackOptions options)
    {
        (this.backend, this.memory, this.place, largest, this.options) = (backend, memory, place, shape, options);
        ArenaEntry? Add(float probability, string name, params long[] sizes) =>
            probability > 0 && memory.Training ? memory.ReserveLayout.Add(name + suffix, sizes) : null;
        hidden = Add(options.HiddenDropout, "hidden_mask", shape.B, shape.P);
        candidate = Add(options.RecurrentDropout, "candidate_mask", shape.T, shape.B, shape.H);
        zoneoutHidden = Add(options.CellOptions.ZoneoutHidden, "zoneout_hidden_mask", shape.T, shape.B, shape.P);
        zoneoutCell = Add(options.CellOptions.ZoneoutCell, "zoneout_cell_mask", shape.T, shape.B, shape.H);
    }

    /// <summary>Draws the masks of a window.</summary>
    public RecurrentMasks Draw(int steps, DropoutKey key)
    {
        RecurrentMasks masks = Of(steps);
        Draw(masks.Hidden, options.HiddenDropout, DropoutSite.Hidden, key);
        Draw(masks.Candidate, options.RecurrentDropout, DropoutSite.Candidate, key);
        Draw(masks.ZoneoutHidden, options.CellOptions.ZoneoutHidden, DropoutSite.ZoneoutHidden, key);
        Draw(masks.ZoneoutCell, options.CellOptions.ZoneoutCell, DropoutSite.ZoneoutCell, key);
        return masks;
    }

    /// <summary>The masks that were drawn last.</summary>
    public RecurrentMasks Of(int steps) => new(
        Slice(hidden, (long)largest.B * largest.P),
        Slice(candidate, (long)steps * largest.B * largest.H),
        Slice(zoneoutHidden, (long)steps * largest.B * largest.P),
        Slice(zoneoutCell, (long)steps * largest.B * largest.H));

    private DeviceSlice<float> Slice(ArenaEntry? entry, long length) => entry is null ? default : memory.Reserve[entry].Slice(0, length);

    private void Draw(DeviceSlice<float> mask, float probability, uint kind, DropoutKey key)
    {
        if (!mask.IsEmpty)
        {
            backend.Fill(mask, 1);
            backend.Dropout(mask, mask, probability, key with { Site = DropoutSite.Of(kind, place) });
        }
    }
}
