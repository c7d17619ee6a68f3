using LstmGpu.Tasks.Metrics;
using Xunit;

namespace LstmGpu.Tests.Tasks.Metrics;

public sealed class NormalQuantileTests
{
    // >>> import torch; [(2**.5 * torch.erfinv(torch.tensor(2*p - 1, dtype=torch.float64))).item() for p in (0.001, 0.025, 0.1, 0.5, 0.9, 0.999)]
    // [-3.0902323061678123, -1.9599639845400545, -1.2815515655446008, 0.0, 1.2815515655446008, 3.0902323061678123]
    [Theory]
    [InlineData(0.001, -3.0902323061678123)]
    [InlineData(0.025, -1.9599639845400545)]
    [InlineData(0.1, -1.2815515655446008)]
    [InlineData(0.5, 0)]
    [InlineData(0.9, 1.2815515655446008)]
    [InlineData(0.999, 3.0902323061678123)]
    public void Of_IsThatOfPyTorch(double p, double expected) => Assert.Equal(expected, NormalQuantile.Of(p), 1.2e-9 * Math.Max(1, Math.Abs(expected)));
}
