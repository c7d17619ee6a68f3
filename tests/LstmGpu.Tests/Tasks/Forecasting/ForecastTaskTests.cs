using System.Text.Json;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Devices;
using Xunit;

namespace LstmGpu.Tests.Tasks.Forecasting;

public sealed class ForecastTaskTests
{
    [SkippableTheory]
    [InlineData("cpu")]
    [InlineData("opencl")]
    public void Forecaster_BeatsTheNaiveForecasts(string device)
    {
        DeviceUnderTest.SkipWhereAbsent(device);
        using SmallSeries series = new();
        series.Runs.Train("run", series.Options(steps: 200, device));
        using TrainedForecaster model = TrainedForecaster.Load(series.Runs.At("run"), "last", new() { Name = device, Threads = 1 });
        Evaluation found = model.Evaluate().Found;

        Assert.True(found["rmse"] < 0.6 * found["seasonal_naive_rmse"], $"{found["rmse"]} against {found["seasonal_naive_rmse"]}");
        Assert.True(found["rmse"] < 0.6 * found["naive_rmse"], $"{found["rmse"]} against {found["naive_rmse"]}");
        Assert.True(found["mase"] < 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(13)]
    public void Resume_InTheMiddleOfAnEpoch_FollowsTheUninterruptedRun(int stop)
    {
        // 113 windows in batches of 16: the eighth of an epoch has one row.
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 20);
        series.Runs.Train("whole", options);
        series.Runs.Train("parts", options, interruptAt: stop);
        series.Runs.Resume("parts");

        Assert.Equal(series.Runs.Results("whole"), series.Runs.Results("parts"));
    }

    [Fact]
    public void HeldOutRows_HaveNoPartInTheTraining()
    {
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 10);
        options = options with { Training = options.Training with { EvalEvery = 0 } };
        series.Runs.Train("a", options);
        series.Runs.Train("b", options with { Data = new() { Path = series.WithLastPrice(1e6) } });

        foreach (string file in (string[])["model.safetensors", "optimizer.safetensors"])
        {
            Assert.Equal(File.ReadAllBytes(series.Runs.LastFile("a", file)), File.ReadAllBytes(series.Runs.LastFile("b", file)));
        }
        Assert.Equal(File.ReadAllBytes(Path.Combine(series.Runs.At("a"), "forecast.json")), File.ReadAllBytes(Path.Combine(series.Runs.At("b"), "forecast.json")));
    }

    [Fact]
    public void Run_OfItsOwnConfiguration_IsTheSameRun()
    {
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 8) with { };
        series.Runs.Train("first", options with { Forecast = options.Forecast with { TestLast = null } });
        (int code, _, string error) = Shell.Run("train", "--config", Path.Combine(series.Runs.At("first"), "config.json"), "--out", series.Runs.At("second"));

        Assert.True(code == 0, error);
        Assert.Equal(series.Runs.Results("first"), series.Runs.Results("second"));
    }

    [Fact]
    public void Eval_OfTheRunAndOfAFile_PrintsTheMetrics()
    {
        using SmallSeries series = new();
        series.Runs.Train("run", series.Options(steps: 10, horizon: 3));
        JsonElement own = Json("eval", series.Runs.At("run"), "--json"), all = Json("eval", series.Runs.At("run"), "--data", series.Table, "--json");

        Assert.Equal((SmallSeries.HeldOut - 2) * 3, own.GetProperty("forecasts").GetInt32());
        Assert.Equal((SmallSeries.Rows - 13 - 2) * 3, all.GetProperty("forecasts").GetInt32());
        Assert.Equal(
            ["data", "step", "device", "forecasts", "loss", "rmse", "mae", "mase", "naive_rmse", "seasonal_naive_rmse"], own.EnumerateObject().Select(p => p.Name));
        Assert.True(own.GetProperty("rmse").GetDouble() > 0);
    }

    [Fact]
    public void Forecast_BeyondTheHorizon_ReadsItsOwnForecasts()
    {
        using SmallSeries series = new();
        series.Runs.Train("run", series.Options(steps: 30));
        using TrainedForecaster model = TrainedForecaster.Load(series.Runs.At("run"), "last", new() { Name = "cpu" });
        double[] both = [.. model.Forecast(steps: 2).Rows.Select(row => row[0])];
        string[] longer = [.. File.ReadAllLines(series.Table), FormattableString.Invariant($"{SmallSeries.Rows},{both[0]:R}")];
        double second = model.Forecast(series.Write("longer.csv", longer)).Rows[0][0];

        Assert.Equal(both[1], second);
        (int code, string output, _) = Shell.Run("forecast", series.Runs.At("run"), series.Table, "--checkpoint", "last", "--steps", "2", "--format", "jsonl");
        Assert.Equal(0, code);
        Assert.Equal(both, output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("forecast").GetDouble()));
    }

    [Fact]
    public void Covariates_AreRead_AndTheirUnknownFutureIsRefused()
    {
        using SmallSeries series = new();
        RunOptions options = series.Options(steps: 3);
        series.Runs.Train("run", options with { Forecast = options.Forecast with { Covariates = "row" } });
        using TrainedForecaster model = TrainedForecaster.Load(series.Runs.At("run"), "last", new() { Name = "cpu" });

        Assert.Single(model.Forecast().Rows);
        Assert.Contains("--steps is 2, expected 1 to the horizon 1", Assert.Throws<ConfigurationException>(() => model.Forecast(steps: 2)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("row,price\n0,1\n1,\"2,5\"\n", 3, "line 3: column 'price': ")]
    [InlineData("row,price\n0,1\n1,abc\n", 3, "line 3: column 'price': ")]
    [InlineData("row,price\n0,1\n1,NaN\n", 3, "line 3: column 'price': ")]
    [InlineData("row,price\n0,1\n1\n", 3, "line 3")]
    [InlineData("row,price\n", 3, "0 rows")]
    [InlineData("row,cost\n0,1\n", 3, "'price'")]
    [InlineData("row,price\n0,1\n1,-2\n", 3, "line 3: column 'price': found -2, expected a number above 0 for --log-transform")]
    [InlineData("row,price\n0,1\n1,2\n", 3, "has 2 rows, of which 0 train and 2 are held out")]
    public void BadTable_IsRefusedWithItsLine_AndNothingIsWritten(string text, int expected, string message)
    {
        using TemporaryDirectory directory = new();
        string into = Path.Combine(directory.Path, "run");
        (int code, _, string error) = Shell.Run(
            "train", "--task", "forecast", "--data", directory.Write("bad.csv", text), "--target", "price", "--test-last", "2", "--log-transform", "--device", "cpu", "--out", into);

        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(into));
    }

    [Theory]
    [InlineData("--bptt is a setting of --task char-lm, word-lm, found --task forecast; leave it out: --window decides", "--target", "price", "--bptt", "32")]
    [InlineData("--group is a setting of --task regress, found --task forecast; leave it out", "--target", "price", "--group", "row")]
    [InlineData("needs --target COLUMN")]
    [InlineData("--season is 1", "--target", "price", "--season", "1")]
    [InlineData("--covariates is 'row,row'", "--target", "price", "--covariates", "row,row")]
    public void SettingsThatDoNotGoTogether_AreRefused(string message, params string[] settings)
    {
        using SmallSeries series = new();
        (int code, _, string error) = Shell.Run(["train", "--task", "forecast", "--data", series.Table, "--device", "cpu", "--out", series.Runs.At("run"), .. settings]);

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Airline_OneStepAhead_IsBetterThanAnAutoregression()
    {
        string table = Path.Combine(Path.GetDirectoryName(Repository.Root)!, "shared", "data", "airline-passengers.csv");
        Skip.IfNot(File.Exists(table), "no ../shared/data/airline-passengers.csv");
        using TemporaryDirectory directory = new();
        string run = Path.Combine(directory.Path, "run");
        (int code, _, string error) = Shell.Run(
            "train", "--task", "forecast", "--data", table, "--target", "Passengers", "--test-last", "48", "--window", "12", "--season", "12", "--log-transform", "--difference", "1",
            "--hidden", "32", "--optimizer", "adamw", "--weight-decay", "0.1", "--lr", "0.01", "--schedule", "linear", "--clip-norm", "1", "--steps", "300", "--eval-every", "0",
            "--device", "cpu", "--threads", "1", "--out", run);
        Assert.True(code == 0, error);
        JsonElement found = Json("eval", run, "--json");

        Assert.True(found.GetProperty("rmse").GetDouble() <= 20, found.ToString());
        string[] forecasts = File.ReadAllLines(Path.Combine(run, "forecasts.jsonl"));
        Assert.Equal(48, forecasts.Length);
        JsonElement first = JsonDocument.Parse(forecasts[0]).RootElement; // January 1957; the row is counted from 0
        Assert.Equal((96, 315, 284), (first.GetProperty("row").GetInt32(), first.GetProperty("truth").GetInt32(), first.GetProperty("naive").GetInt32()));
        string report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("truth at row 96: 315", report, StringComparison.Ordinal);
        Assert.Contains("naive at row 96: 284", report, StringComparison.Ordinal);
        Assert.Contains("loss of the scaled target", report, StringComparison.Ordinal);
        Assert.Equal(48.0, found.GetProperty("naive_rmse").GetDouble(), 0.05);
        Assert.Equal(41.9, found.GetProperty("seasonal_naive_rmse").GetDouble(), 0.05);
    }

    private static JsonElement Json(params string[] arguments)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output).RootElement;
    }
}
