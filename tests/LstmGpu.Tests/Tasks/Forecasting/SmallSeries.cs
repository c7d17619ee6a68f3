using System.Globalization;
using LstmGpu.Data;
using LstmGpu.Tests.Training;

namespace LstmGpu.Tests.Tasks.Forecasting;

/// <summary>A generated seasonal series and runs of <c>--task forecast</c> on it.</summary>
internal sealed class SmallSeries : IDisposable
{
    public const int Rows = 150, HeldOut = 24;

    private readonly SmallRuns runs = new();

    public SmallSeries() => Write("series.csv", [.. PriceSeries.Lines(seed: 1, Rows, season: 12)]);

    public SmallRuns Runs => runs;

    public string Table => runs.At("series.csv");

    public string Write(string name, string[] lines)
    {
        File.WriteAllLines(runs.At(name), lines);
        return runs.At(name);
    }

    /// <summary>The table with another last row.</summary>
    public string WithLastPrice(double price)
    {
        string[] lines = File.ReadAllLines(Table);
        lines[^1] = string.Create(CultureInfo.InvariantCulture, $"{Rows - 1},{price}");
        return Write("other.csv", lines);
    }

    public RunOptions Options(int steps, string device = "cpu", int horizon = 1) => new()
    {
        Task = new() { Name = "forecast" },
        Model = new() { Hidden = 8 },
        Data = new() { Path = Table },
        Forecast = new() { Target = "price", TestLast = HeldOut, Window = 12, Horizon = horizon, Season = 12, LogTransform = true, Difference = 1 },
        Training = new() { Batch = 16, Steps = steps, LearningRate = 0.01, ClipNorm = 1, LogEvery = 1, EvalEvery = 5, SaveEvery = 0 },
        Device = new() { Name = device, Threads = 1 },
    };

    public void Dispose() => runs.Dispose();
}
