using LstmGpu.Tasks;
using Xunit;

namespace LstmGpu.Tests.Tasks;

public sealed class SamplerTests
{
    // Probabilities 0.1, 0.5, 0.15, 0.25.
    private static readonly float[] Logits = [.. new[] { 0.1, 0.5, 0.15, 0.25 }.Select(p => (float)Math.Log(p) + 3)];

    [Fact]
    public void Temperature_OfZero_TakesTheMostProbable_AndTheFirstOfEquals()
    {
        Sampler sampler = new(new SamplingOptions(Temperature: 0), 4);
        Assert.All(Enumerable.Range(0, 10), _ => Assert.Equal(1, sampler.Draw(Logits)));
        Assert.Equal(1, sampler.Draw([0, 2, 2, 1]));
    }

    [Theory]
    [InlineData(1, 0, 1, new[] { 0.1, 0.5, 0.15, 0.25 })]
    [InlineData(1, 2, 1, new[] { 0, 0.5 / 0.75, 0, 0.25 / 0.75 })]
    [InlineData(1, 9, 1, new[] { 0.1, 0.5, 0.15, 0.25 })]
    [InlineData(1, 1, 1, new[] { 0.0, 1, 0, 0 })]
    [InlineData(1, 0, 0.5, new[] { 0.0, 1, 0, 0 })] // 0.5 is reached by the first
    [InlineData(1, 0, 0.51, new[] { 0, 0.5 / 0.75, 0, 0.25 / 0.75 })]
    [InlineData(1, 0, 0.8, new[] { 0, 0.5 / 0.9, 0.15 / 0.9, 0.25 / 0.9 })]
    [InlineData(1, 2, 0.6, new[] { 0.0, 1, 0, 0 })] // of the two that top-k leaves, the first has 2/3
    [InlineData(0.5, 0, 1, new[] { 0.01 / 0.345, 0.25 / 0.345, 0.0225 / 0.345, 0.0625 / 0.345 })] // p² at temperature ½
    [InlineData(1e-9, 0, 1, new[] { 0.0, 1, 0, 0 })]
    public void Draw_FollowsTheDistributionThatTheOptionsLeave(double temperature, int topK, double topP, double[] expected)
    {
        const int draws = 20_000;
        Sampler sampler = new(new SamplingOptions(temperature, topK, topP, Seed: 7), 4);
        int[] counts = new int[4];
        for (int n = 0; n < draws; n++)
        {
            counts[sampler.Draw(Logits)]++;
        }
        for (int id = 0; id < 4; id++)
        {
            // Five standard deviations of a binomial count.
            double deviation = Math.Sqrt(draws * expected[id] * (1 - expected[id]));
            Assert.InRange(counts[id], draws * expected[id] - 5 * deviation - 1e-6, draws * expected[id] + 5 * deviation + 1e-6);
        }
    }

    [Fact]
    public void Draw_WithTheSameSeed_IsTheSame()
    {
        Assert.Equal(Sequence(1), Sequence(1));
        Assert.NotEqual(Sequence(1), Sequence(2));
        Assert.NotEqual(Sequence(1), Sequence(1L << 40 | 1));

        static int[] Sequence(long seed)
        {
            Sampler sampler = new(new SamplingOptions(Seed: seed), 4);
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Draw(Logits))];
        }
    }

    [Theory]
    [InlineData(-1, 0, 1, "--temperature is -1, expected 0 or a positive number")]
    [InlineData(double.NaN, 0, 1, "--temperature is NaN")]
    [InlineData(double.PositiveInfinity, 0, 1, "--temperature is Infinity")]
    [InlineData(1, -1, 1, "--top-k is -1, expected 0 (all) or a positive count")]
    [InlineData(1, 0, 0, "--top-p is 0, expected a number above 0, at most 1")]
    [InlineData(1, 0, 1.5, "--top-p is 1.5")]
    [InlineData(1, 0, double.NaN, "--top-p is NaN")]
    public void Options_OutOfTheirRange_AreRefused(double temperature, int topK, double topP, string message) => Assert.StartsWith(
        message, Assert.Throws<ConfigurationException>(() => new Sampler(new SamplingOptions(temperature, topK, topP), 4)).Message, StringComparison.Ordinal);
}
