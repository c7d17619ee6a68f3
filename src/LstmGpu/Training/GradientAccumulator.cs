using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>The mean gradient of the batches of one update, kept beside the gradients, which every batch begins from zero.</summary>
internal sealed class GradientAccumulator(IBackend backend, ArenaLayout layout, int batches) : IDisposable
{
    private const string Name = "mean gradient";
    private Arena? mean;
    private DeviceBuffer? factor;

    public IEnumerable<(string Name, long Bytes)> MemoryPlan() => [(Name, layout.Bytes)];

    public void Allocate()
    {
        mean = new Arena(backend, Name, layout);
        factor = backend.Allocate("gradient factor", sizeof(float));
        backend.Fill(new DeviceSlice<float>(factor, 0, 1), 1);
    }

    public void Begin() => backend.Fill(mean!.All, 0);

    /// <summary>mean ← mean + g / N: an SGD step at the rate −1/N is that sum.</summary>
    public void Add(Arena gradients) =>
        backend.Sgd(mean!.All, gradients.All, new DeviceSlice<float>(factor!, 0, 1), default, new SgdStep(-1f / batches, Momentum: 0, WeightDecay: 0, First: false));

    /// <summary>Puts the mean where the gradients of one batch would be.</summary>
    public void End(Arena gradients) => backend.Copy(mean!.All, gradients.All);

    public void Dispose()
    {
        mean?.Dispose();
        factor?.Dispose();
    }
}
