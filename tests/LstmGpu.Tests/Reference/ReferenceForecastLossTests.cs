using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Reference;

public sealed class ReferenceForecastLossTests
{
    private static readonly ReferenceForecastLoss Shape = new(3, 2, [1, 0, 2]);

    private static readonly double[] Targets = [0.3, -0.4, 9, 9, 0.1, 0.6];

    // >>> import torch; torch.set_printoptions(precision=15); m, s, y = (torch.tensor(v, dtype=torch.double) for v in ([0.5, -1.], [0.2, -0.3], [0.3, -0.4]))
    // >>> torch.nn.functional.gaussian_nll_loss(m, y, torch.exp(2*s), full=True, reduction='none')
    // tensor([1.132344934125386, 0.946919917274964])
    [Fact]
    public void Gaussian_IsThatOfPyTorch()
    {
        double[] x = [0.5, 0.2, -1, -0.3, 1, 1, 1, 1, 1, 1, 1, 1];
        Near.Equal("losses", [1.132344934125386, 0.946919917274964], Shape.Gaussian(x, Targets, 1).Losses[..2], _ => 1e-12);
    }

    [Fact]
    public void Gaussian_MatchesFiniteDifferences()
    {
        double[] x = new UniformInputs(1).Floats(12).ToDoubles();
        Check(Shape.Gaussian(x, Targets, 0.5).Gradient, FiniteDifferences.Gradient(x, () => 0.5 * Shape.Gaussian(x, Targets, 0.5).Losses.Sum()));
    }

    [Fact]
    public void Quantile_MatchesFiniteDifferences_AwayFromTheKink()
    {
        double[] levels = [0.1, 0.8], x = [.. Targets.SelectMany(y => new[] { y - 0.3, y + 0.2 })];
        Check(Shape.Quantile(levels, x, Targets, 0.5).Gradient, FiniteDifferences.Gradient(x, () => 0.5 * Shape.Quantile(levels, x, Targets, 0.5).Losses.Sum()));
        Near.Equal("losses", [0.03, 0.04], Shape.Quantile(levels, x, Targets, 1).Losses[..2], _ => 1e-12);
    }

    private static void Check(double[] analytic, double[] numeric) => Near.Equal("gradient", numeric, analytic, n => 1e-8 * (1 + Math.Abs(numeric[n])));
}
