using LstmGpu.Tasks;
using LstmGpu.Tasks.Forecasting;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks.Forecasting;

public sealed class ForecastHeadTests
{
    [SkippableTheory]
    [InlineData("cpu", "quantile")]
    [InlineData("cpu", "gaussian")]
    [InlineData("opencl", "quantile")]
    [InlineData("opencl", "gaussian")]
    public void Quantiles_HoldAboutTheirShareOfWhatComes(string device, string head)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 300, device);
        series.Runs.Train("run", options with { Forecast = options.Forecast with { Head = head, Quantiles = "0.05,0.5,0.95", TestLast = 40 } });
        using TrainedForecaster model = TrainedForecaster.Load(series.Runs.At("run"), "best", new() { Name = device, Threads = 1 });
        Evaluation found = model.Evaluate().Found;

        Assert.True(found["rmse"] < 0.6 * found["seasonal_naive_rmse"], $"{found["rmse"]} against {found["seasonal_naive_rmse"]}");
        Assert.InRange(found["coverage"], 0.6, 1);
        // The mean pinball loss of a forecast without spread is half its absolute error.
        Assert.True(found["quantile_loss"] < 0.4 * found["mae"], $"{found["quantile_loss"]} of {found["mae"]}");
        ForecastTable table = model.Forecast();
        Assert.Equal(["forecast", "q0.05", "q0.5", "q0.95"], table.Columns);
        double[] row = table.Rows[0];
        Assert.True(row[1] < row[2] && row[2] < row[3] && Math.Abs(row[0] - row[2]) < 1e-4 * row[0], string.Join(' ', row));
        Assert.Throws<ConfigurationException>(() => model.Forecast(steps: 2));
    }

    [Theory]
    [InlineData("quantile")]
    [InlineData("gaussian")]
    public void Resume_OfAHead_FollowsTheUninterruptedRun(string head)
    {
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 12);
        options = options with { Forecast = options.Forecast with { Head = head } };
        series.Runs.Train("whole", options);
        series.Runs.Train("parts", options, interruptAt: 9);
        series.Runs.Resume("parts");

        Assert.Equal(series.Runs.Results("whole"), series.Runs.Results("parts"));
    }

    [Fact]
    public void Gaussian_IsReadAsItsMeanAndNormalQuantiles_AndCrossedQuantilesAreOrdered()
    {
        ForecastOptions options = new() { Target = "y", Scaling = "none", Head = "gaussian", Quantiles = "0.025,0.975" };
        SeriesFile series = new("series", [1, 2, 3], []);
        double[] normal = ForecastHead.Of(options).Read([5, MathF.Log(2)], SeriesCoding.Fit(options, series, 3), series.Target, 3)[0];
        Assert.All(new[] { 5, 5 - 2 * 1.959964, 5 + 2 * 1.959964 }.Zip(normal), pair => Assert.Equal(pair.First, pair.Second, 1e-5));

        options = options with { Head = "quantile", Quantiles = "0.2,0.6,0.9" };
        Assert.Equal([7, 1, 7, 8], ForecastHead.Of(options).Read([8, 7, 1], SeriesCoding.Fit(options, series, 3), series.Target, 3)[0]);
    }

    [Theory]
    [InlineData("0.5,0.1")]
    [InlineData("0,0.5")]
    [InlineData("0.1,,0.9")]
    [InlineData("0.1,1")]
    public void Levels_ThatAreNone_AreRefused(string levels) => Assert.Contains(
        "expected ascending levels between 0 and 1",
        Assert.Throws<ConfigurationException>(() => ForecastHead.Of(new() { Head = "quantile", Quantiles = levels })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Quantiles_BeyondTheDifference_AreRefused() =>
        Assert.Throws<ConfigurationException>(() => ForecastHead.Of(new() { Head = "gaussian", Difference = 1, Horizon = 2 }));
}
