using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Reference;

/// <summary>The double-precision gradients of layers and losses, against central finite differences of their own forward passes.</summary>
public sealed class ReferenceLayersTests
{
    private static readonly ReferenceSequences Shape = new(T: 4, B: 5, H: 3, Lengths: [4, 0, 1, 3, 2]);

    [Theory]
    [InlineData(null, 0, false)]
    [InlineData(2, 0, true)]
    [InlineData(null, 0.1, false)]
    [InlineData(2, 0.3, true)]
    public void SoftmaxCrossEntropy_MatchesFiniteDifferences(int? ignoreIndex, double smoothing, bool weighted)
    {
        double[] logits = Draw(1, 6 * 5, 2);
        int[] targets = [0, 1, 2, 3, 4, 2];
        ReferenceCrossEntropy loss = new(5, ignoreIndex, smoothing, weighted ? [0.5, 2, 1, 0.25, 1.5] : null, 0.75);
        Check(loss.Of(logits, targets, 0.5).Gradient, FiniteDifferences.Gradient(logits, () => 0.5 * loss.Of(logits, targets, 0.5).Losses.Sum()));
    }

    [Fact]
    public void SoftmaxCrossEntropy_HasTheLossesOfPyTorch()
    {
        // torch.nn.functional.cross_entropy(torch.tensor([[1., 2., 0.5], [0.1, -1., 3.]]), torch.tensor([1, 0]), weight=torch.tensor([0.5, 2., 1.]), label_smoothing=0.2, reduction='none'),
        // by its definition: (1−ε)·w[y]·nll + ε/V·Σ w·(−log p).
        double[] logits = [1, 2, 0.5, 0.1, -1, 3];
        double First(int v) => Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(0.5)) - logits[v];
        double Second(int v) => Math.Log(Math.Exp(0.1) + Math.Exp(-1) + Math.Exp(3)) - logits[3 + v];
        double[] expected =
        [
            0.8 * 2 * First(1) + 0.2 / 3 * (0.5 * First(0) + 2 * First(1) + First(2)),
            0.8 * 0.5 * Second(0) + 0.2 / 3 * (0.5 * Second(0) + 2 * Second(1) + Second(2)),
        ];
        ReferenceCrossEntropy loss = new(3, null, 0.2, [0.5, 2, 1], 1);
        Near.Equal("losses", expected, loss.Of(logits, [1, 0], 1).Losses, _ => 1e-12);
    }

    [Theory]
    [InlineData(nameof(LossFunction.BinaryCrossEntropyWithLogits))]
    [InlineData(nameof(LossFunction.MeanSquaredError))]
    [InlineData(nameof(LossFunction.MeanAbsoluteError))]
    [InlineData(nameof(LossFunction.Huber))]
    public void ElementLoss_MatchesFiniteDifferences(string name)
    {
        LossFunction function = Enum.Parse<LossFunction>(name);
        // Distances of 0.05, 0.15, … keep clear of the kinks at 0 and of Huber's at 0.7.
        double[] y = Draw(2, Shape.Count), x = [.. y.Select((value, n) => value + (n % 2 == 0 ? 1 : -1) * (0.05 + n % 10 * 0.1))];
        double[] gradient = Shape.ElementLoss(function, x, y, 0.5, 0.7).Gradient;
        Check(gradient, FiniteDifferences.Gradient(x, () => 0.5 * Shape.ElementLoss(function, x, y, 0.5, 0.7).Losses.Sum()));
    }

    [Theory]
    [InlineData(nameof(Pooling.Last))]
    [InlineData(nameof(Pooling.Mean))]
    [InlineData(nameof(Pooling.Max))]
    public void Pool_MatchesFiniteDifferences(string name)
    {
        Pooling pooling = Enum.Parse<Pooling>(name);
        double[] x = Draw(3, Shape.Count), u = Draw(4, Shape.B * Shape.H);
        double[] gradient = Shape.PoolGradient(pooling, u, Shape.Pool(pooling, x).Places, new double[Shape.Count]);
        Check(gradient, FiniteDifferences.Gradient(x, () => Dot(u, Shape.Pool(pooling, x).Y)));
    }

    [Fact]
    public void ActivationPenalty_MatchesFiniteDifferences()
    {
        double[] h = Draw(5, Shape.Count);
        double[] gradient = Shape.ActivationPenalty(h, 2, 3, new double[Shape.Count]).DH;
        Check(gradient, FiniteDifferences.Gradient(h, () => Shape.ActivationPenalty(h, 2, 3, new double[Shape.Count]).Loss));
    }

    [Fact]
    public void LayerNorm_MatchesFiniteDifferences()
    {
        const int Rows = 4, Width = 7;
        double[] x = Draw(6, Rows * Width), gamma = Draw(7, Width), beta = Draw(8, Width), u = Draw(9, Rows * Width);
        ReferenceLayerNorm norm = new(Rows, Width, gamma, beta);
        (_, double[] mean, double[] inverse) = norm.Forward(x);
        (double[] dx, double[] dGamma, double[] dBeta) = norm.Backward(u, x, mean, inverse, new double[Width], new double[Width]);
        double Loss() => Dot(u, norm.Forward(x).Y);
        Check(dx, FiniteDifferences.Gradient(x, Loss));
        Check(dGamma, FiniteDifferences.Gradient(gamma, Loss));
        Check(dBeta, FiniteDifferences.Gradient(beta, Loss));
    }

    [Fact]
    public void EmbeddingWithARowMask_MatchesFiniteDifferences()
    {
        int[] tokens = [0, 2, 2, 1];
        double[] weight = Draw(10, 3 * 2), u = Draw(11, 4 * 2), mask = [1.5, 0, 1.25];
        double[] gradient = ReferenceDense.EmbeddingBackward(4, 2, tokens, u, new double[6], mask, paddingToken: -1);
        Check(gradient, FiniteDifferences.Gradient(weight, () => Dot(u, ReferenceDense.EmbeddingForward(4, 2, tokens, weight, mask))));
    }

    private static void Check(double[] analytic, double[] numeric) => Near.Equal("gradient", numeric, analytic, n => 1e-8 * (1 + Math.Abs(numeric[n])));

    private static double[] Draw(ulong seed, int length, float scale = 1) => new UniformInputs(seed).Floats(length, scale).ToDoubles();

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
