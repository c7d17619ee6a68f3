using LstmGpu.Data;
using LstmGpu.Tasks.Forecasting;
using Xunit;

namespace LstmGpu.Tests.Tasks.Forecasting;

public sealed class SeriesCodingTests
{
    private static readonly SeriesFile Series = new("series", [1, 2, 4, 8, 16, 32, 64, 128], [[7, 6, 5, 4, 3, 2, 1, 0]]);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Decode_OfWhatCame_IsWhatCame_AlsoBeyondTheDifference(bool log, int difference)
    {
        ForecastOptions options = new() { Target = "y", Covariates = "x", LogTransform = log, Difference = difference };
        SeriesCoding coding = SeriesCoding.Fit(options, Series, trainingRows: 6);
        float[] coded = coding.Targets(Series);
        double[] known = [.. Series.Target[..4], double.NaN, double.NaN, double.NaN, double.NaN];

        double[] decoded = coding.Decode(coded.AsSpan(4 - difference, 4), known, first: 4);

        Assert.All(Series.Target[4..].Zip(decoded), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * pair.First));
    }

    [Fact]
    public void Inputs_AreTargetCovariatesAndSeason_OfOneRow()
    {
        ForecastOptions options = new() { Target = "y", Covariates = "x", Season = 4, Scaling = "none", Difference = 1 };
        float[] inputs = SeriesCoding.Fit(options, Series, trainingRows: 6).Inputs(Series);

        Assert.Equal(7 * 4, inputs.Length);
        Assert.Equal([1, 6, 1, 0], inputs[..4].Select(x => MathF.Round(x, 5))); // row 1 of the file: 2 − 1, its covariate, a quarter of the season
        Assert.Equal([64, 0, -1, 0], inputs[^4..].Select(x => MathF.Round(x, 5)));
    }

    [Fact]
    public void Fit_LooksAtTrainingRowsAlone()
    {
        ForecastOptions options = new() { Target = "y", Covariates = "x", Difference = 2 };
        SeriesFile other = Series with { Target = [.. Series.Target[..6], -1e6, 5], Covariates = [[.. Series.Covariates[0][..6], 99, 99]] };

        Assert.Equal(SeriesCoding.Fit(options, Series, 6).Scaler.ToJson(), SeriesCoding.Fit(options, other, 6).Scaler.ToJson());
    }
}
