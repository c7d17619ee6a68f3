using LstmGpu.Devices;

namespace LstmGpu.Layers;

/// <summary>Squared, absolute or Huber's error of one number for each target.</summary>
/// <param name="delta">Of Huber's loss.</param>
internal sealed class ValueLoss(LossFunction function, float delta = 1) : TargetLoss(outputsPerTarget: 1, lossesPerTarget: 1)
{
    protected override void Apply(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> outputs, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Backend!.ElementLoss(function, 1, batch, horizon, lengths, outputs, targets, losses, gradientScale, delta);
}
