using LstmGpu.Tasks.Metrics;
using Xunit;

namespace LstmGpu.Tests.Tasks.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public void ForecastErrors_FollowTheirFormulas()
    {
        double[] y = [3, -0.5, 2, 7], forecast = [2.5, 0, 2, 8];

        Assert.Equal(Math.Sqrt(1.5 / 4), ForecastErrors.RootMeanSquared(y, forecast), 15);
        Assert.Equal(0.5, ForecastErrors.MeanAbsolute(y, forecast), 15);
        Assert.Equal((0.9 * 0.5 + 0.1 * 0.5 + 0.1 * 1) / 4, ForecastErrors.Quantile(y, forecast, 0.9), 15);
        Assert.Equal(0.25, ForecastErrors.MeanAbsoluteScaled(y, forecast, [1, 2, 4, 3, 7], season: 1), 15);
        Assert.Equal(0.5 / (7.0 / 3), ForecastErrors.MeanAbsoluteScaled(y, forecast, [1, 2, 4, 3, 7], season: 2), 15);
        Assert.Equal(0.75, ForecastErrors.Coverage(y, [3, 0, 1, 6], [4, 1, 2, 8]), 15);
    }

    [Fact]
    public void SeasonalNaive_RepeatsTheLastSeason()
    {
        double[] forecast = new double[5];
        NaiveForecast.Seasonal([9, 1, 2, 3], 3, forecast);
        Assert.Equal([1, 2, 3, 1, 2], forecast);
    }

    // truth 0 0 1 1 1 2, predicted 0 1 1 1 0 1; class 3 occurs nowhere, class 2 is never predicted
    [Fact]
    public void Scores_AverageOverTheClassesThatOccur_AndAreZeroWhereUndefined()
    {
        ConfusionMatrix matrix = new(4);
        foreach ((int truth, int predicted) in new[] { (0, 0), (0, 1), (1, 1), (1, 1), (1, 0), (2, 1) })
        {
            matrix.Add(truth, predicted);
        }

        ClassificationScores scores = new(matrix);

        Assert.Equal(0.5, scores.Accuracy, 15);
        Assert.Equal((0.5 + 4.0 / 7 + 0) / 3, scores.Macro.F1, 15);
        Assert.Equal((2 * 0.5 + 3 * 4.0 / 7) / 6, scores.Weighted.F1, 15);
        Assert.Equal(new ClassScore(0, 0, 0, 1), scores.Classes[2]);
    }
}
