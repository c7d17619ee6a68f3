using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>DropConnect on W_hh (Merity et al. 2018): a window reads a thinned copy, whose gradient reaches the weights through the same mask.</summary>
internal sealed class WeightDrop
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly float probability;
    private readonly uint site;
    private readonly ArenaEntry thinned, gradient;

    public WeightDrop(IBackend backend, ModelMemory memory, string suffix, int place, RecurrentShape shape, float probability)
    {
        (this.backend, this.memory, this.probability) = (backend, memory, probability);
        site = DropoutSite.Of(DropoutSite.Weight, place);
        thinned = memory.ReserveLayout.Add("thinned_weight_hh" + suffix, shape.GateWidth, shape.P);
        gradient = memory.WorkspaceLayout.Add("d_thinned_weight_hh" + suffix, shape.GateWidth, shape.P);
    }

    /// <summary>[G·H,P], as the last <see cref="Thin"/> left it.</summary>
    public DeviceSlice<float> Thinned => memory.Reserve[thinned];

    public DeviceSlice<float> Thin(DeviceSlice<float> weightHh, DropoutKey key)
    {
        backend.Dropout(weightHh, Thinned, probability, key with { Site = site });
        return Thinned;
    }

    /// <summary>Where the gradient of the thinned weights is collected.</summary>
    public DeviceSlice<float> ClearedGradient()
    {
        backend.Fill(memory.Workspace[gradient], 0);
        return memory.Workspace[gradient];
    }

    public void AddGradient(DeviceSlice<float> dWeightHh, DropoutKey key)
    {
        DeviceSlice<float> collected = memory.Workspace[gradient];
        backend.Dropout(collected, collected, probability, key with { Site = site });
        backend.Add(collected, dWeightHh);
    }
}
