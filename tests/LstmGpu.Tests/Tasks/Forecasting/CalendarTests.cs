using System.Globalization;
using System.Text.Json;
using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tasks.Forecasting;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks.Forecasting;

/// <summary><c>--time-column</c> and <c>--calendar</c>: what the network sees of them, and what a forecast says.</summary>
public sealed class CalendarTests
{
    private static readonly DateTime First = new(2024, 1, 1);

    [Fact]
    public void Calendar_OfTheRowsToForecast_IsWhatTellsThem()
    {
        // The value is the weekday's, and days are left out at random: only the dates of the next two rows tell their values.
        using SmallRuns runs = new();
        double Rmse(string name, string? calendar)
        {
            runs.Train(name, Options(runs, steps: 200, calendar));
            using TrainedForecaster model = TrainedForecaster.Load(runs.At(name), "last", new() { Name = "cpu", Threads = 1 });
            return model.Evaluate().Found["rmse"];
        }

        double with = Rmse("with", "weekday"), without = Rmse("without", null);

        Assert.True(with < 0.3 * without, $"{with} with the calendar, {without} without");
    }

    [Fact]
    public void Resume_InTheMiddleOfAnEpoch_FollowsTheUninterruptedRun()
    {
        using SmallRuns runs = new();
        RunOptions options = Options(runs, steps: 9, "weekday,month");
        runs.Train("whole", options);
        runs.Train("parts", options, interruptAt: 5);
        runs.Resume("parts");

        Assert.Equal(runs.Results("whole"), runs.Results("parts"));
    }

    [Fact]
    public void Window_EndsWithTheTimesOfItsTargets_AndWithoutTheirValues()
    {
        using TemporaryDirectory directory = new();
        string path = directory.Write("hours.csv", "t,y,c\n" + string.Concat(Enumerable.Range(0, 8).Select(n => $"2024-01-01T{6 * n % 24:00}:00,{n},{10 * n}\n").Take(4)));
        ForecastOptions options = new() { Target = "y", Covariates = "c", TimeColumn = "t", Calendar = "hour", Window = 2, Horizon = 2, Season = 4, Scaling = "none" };
        SeriesFile series = SeriesFile.Read(path, options);
        SeriesCoding coding = SeriesCoding.Fit(options, series, series.Rows);
        SeriesWindows windows = SeriesWindows.Training(coding.Inputs(series), coding.Targets(series), 4, 4, 2, 2, future: coding.Future(series, 0, 4));
        float[] x = new float[4 * coding.Features], y = new float[2];

        windows.Copy([0], 1, x, y);

        // Target, covariate, sine and cosine of the season, of the hour, and whether the row is yet to come: 0:00, 6:00, 12:00, 18:00.
        float[] expected = [0, 0, 0, 1, 0, 1, 0, 1, 10, 1, 0, 1, 0, 0, 0, 0, 0, -1, 0, -1, 1, 0, 0, -1, 0, -1, 0, 1];
        Assert.Equal((7, 4, 4), (coding.Features, coding.Steps, windows.Steps));
        Assert.All(expected.Zip(x), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        Assert.Equal([2f, 3f], y);
    }

    [Fact]
    public void Forecast_ShowsTheTimesThatTheSeriesGoesOnWith()
    {
        using SmallRuns runs = new();
        runs.Train("run", Options(runs, steps: 2, "weekday"));
        string next = File.ReadLines(runs.At("days.csv")).Last().Split(',')[0];
        string[] expected = [.. Enumerable.Range(1, 3).Select(n => Text(DateTime.Parse(next, CultureInfo.InvariantCulture).AddDays(n)))];

        (int code, string output, string error) = Shell.Run("forecast", runs.At("run"), "--checkpoint", "last", "--steps", "3");

        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal("step,time,forecast", lines[0]);
        Assert.Equal(expected.Select((time, n) => $"{n + 1},{time}"), lines.Skip(1).Select(line => string.Join(',', line.Split(',')[..2])));
        (_, output, _) = Shell.Run("forecast", runs.At("run"), "--checkpoint", "last", "--format", "jsonl");
        Assert.Equal(expected[..2], output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("time").GetString()));
    }

    [Fact]
    public void Forecast_OfLaterRows_ReadsTheirCalendar()
    {
        using SmallRuns runs = new();
        runs.Train("run", Options(runs, steps: 200, "weekday"));
        using TrainedForecaster model = TrainedForecaster.Load(runs.At("run"), "last", new() { Name = "cpu", Threads = 1 });
        DateTime last = DateTime.Parse(File.ReadLines(runs.At("days.csv")).Last().Split(',')[0], CultureInfo.InvariantCulture);

        double[] found = [.. model.Forecast(steps: 7).Rows.Select(row => row[0])]; // beyond the horizon of 2

        Assert.All(Enumerable.Range(0, 7), n => Assert.Equal(ValueOf(last.AddDays(n + 1)), found[n], 1.5));
    }

    [Theory]
    [InlineData(2, "--calendar is 'week', expected some of month, weekday, hour, day-of-year", "--time-column", "day", "--calendar", "week")]
    [InlineData(2, "--calendar reads the times of --time-column, found none", "--calendar", "month")]
    [InlineData(3, "line 1: found no column 'dat', expected one of 'day', 'value'; did you mean 'day'?", "--time-column", "dat")]
    [InlineData(3, "line 2: column 'value': found '", "--time-column", "value")]
    public void Setting_ThatCannotBe_IsRefused(int expected, string message, params string[] settings)
    {
        using SmallRuns runs = new();
        string data = Options(runs, 1, null).Data.Path!;

        (int code, _, string error) = Shell.Run(["train", "--task", "forecast", "--data", data, "--target", "value", "--device", "cpu", "--out", runs.At("run"), .. settings]);

        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(runs.At("run")));
    }

    [Fact]
    public void TimeColumn_TakenOutOfTheConfig_IsMissed()
    {
        using SmallRuns runs = new();
        runs.Train("run", Options(runs, steps: 1, "weekday"));
        string config = Path.Combine(runs.At("run"), "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"time_column\": \"day\"", "\"time_column\": null", StringComparison.Ordinal));

        (int code, _, string error) = Shell.Run("forecast", runs.At("run"), "--checkpoint", "last");

        Assert.Equal(2, code);
        Assert.Contains("--calendar reads the times of --time-column, found none", error, StringComparison.Ordinal);
    }

    private static RunOptions Options(SmallRuns runs, int steps, string? calendar)
    {
        Random random = new(1);
        List<string> lines = ["day,value"];
        for (DateTime day = First; lines.Count <= 200; day = day.AddDays(1))
        {
            if (random.Next(10) < 7)
            {
                lines.Add(FormattableString.Invariant($"{Text(day)},{ValueOf(day)}"));
            }
        }
        File.WriteAllLines(runs.At("days.csv"), lines);
        return new()
        {
            Task = new() { Name = "forecast" },
            Model = new() { Hidden = 12 },
            Data = new() { Path = runs.At("days.csv") },
            Forecast = new() { Target = "value", TestLast = 40, Window = 3, Horizon = 2, TimeColumn = "day", Calendar = calendar },
            Training = new() { Batch = 16, Steps = steps, LearningRate = 0.02, Schedule = "linear", ClipNorm = 1, LogEvery = 1, EvalEvery = 0, SaveEvery = 0 },
            Device = new() { Name = "cpu", Threads = 1 },
        };
    }

    private static double ValueOf(DateTime day) => 10 + 6 * Math.Sin(2 * Math.PI * (int)day.DayOfWeek / 7 + 1);

    private static string Text(DateTime day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
