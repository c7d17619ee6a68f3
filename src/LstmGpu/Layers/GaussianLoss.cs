using LstmGpu.Devices;

namespace LstmGpu.Layers;

/// <summary>Negative log-likelihood of a normal distribution, whose mean and log deviation are the outputs of a target.</summary>
internal sealed class GaussianLoss() : TargetLoss(outputsPerTarget: 2, lossesPerTarget: 1)
{
    protected override void Apply(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> outputs, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale) =>
        Backend!.GaussianLoss(batch, horizon, lengths, outputs, targets, losses, gradientScale);
}
