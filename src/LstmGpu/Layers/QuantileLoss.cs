using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The pinball loss of as many quantiles for each target as there are levels.</summary>
internal sealed class QuantileLoss(float[] levels) : TargetLoss(outputsPerTarget: levels.Length, lossesPerTarget: levels.Length)
{
    private ArenaEntry? entry;
    private DeviceSlice<float> onDevice;

    public override void Plan(ModelMemory memory, long rows, int outputs)
    {
        base.Plan(memory, rows, outputs);
        entry = memory.ReserveLayout.Add("quantile levels", levels.Length);
    }

    public override void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers)
    {
        base.Bind(backend, memory, integers);
        onDevice = memory.Reserve[entry!];
        backend.Upload<float>(levels, onDevice);
    }

    protected override void Apply(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> outputs, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Backend!.QuantileLoss(batch, horizon, lengths, onDevice, outputs, targets, losses, gradientScale);
}
