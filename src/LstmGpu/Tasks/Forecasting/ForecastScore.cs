using LstmGpu.Tasks.Metrics;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>
/// Gathers forecasts from many rows of a series, each with all of its steps, beside what came and what the naive forecasts said from the same row.
/// </summary>
internal sealed class ForecastScore(double[] target, int season, double naiveError)
{
    private readonly List<double> truth = [], forecast = [], naive = [], seasonal = [];

    /// <summary>Values compared.</summary>
    public int Count => truth.Count;

    /// <param name="first">Row of the first step; those before it are what the naive forecasts know.</param>
    public void Add(int first, ReadOnlySpan<double> values)
    {
        double[] simple = new double[values.Length];
        truth.AddRange(target.AsSpan(first, values.Length));
        forecast.AddRange(values);
        NaiveForecast.Last(target.AsSpan(0, first), simple);
        naive.AddRange(simple);
        if (season > 0)
        {
            NaiveForecast.Seasonal(target.AsSpan(0, first), season, simple);
            seasonal.AddRange(simple);
        }
    }

    public IReadOnlyList<Metric> Metrics()
    {
        double[] y = [.. truth], predicted = [.. forecast];
        double mae = ForecastErrors.MeanAbsolute(y, predicted);
        List<Metric> metrics =
        [
            new("rmse", ForecastErrors.RootMeanSquared(y, predicted)),
            new("mae", mae),
            new("mase", mae / naiveError),
            new("naive_rmse", ForecastErrors.RootMeanSquared(y, [.. naive])),
        ];
        if (season > 0)
        {
            metrics.Add(new("seasonal_naive_rmse", ForecastErrors.RootMeanSquared(y, [.. seasonal])));
        }
        return metrics;
    }

    /// <summary>The mean absolute error of the seasonal naive forecast inside the training rows, NaN where they are too few or it is 0.</summary>
    public static double NaiveError(ReadOnlySpan<double> training, int season)
    {
        int lag = Math.Max(1, season);
        double error = training.Length > lag ? ForecastErrors.MeanAbsolute(training[lag..], training[..^lag]) : 0;
        return error > 0 ? error : double.NaN;
    }
}
