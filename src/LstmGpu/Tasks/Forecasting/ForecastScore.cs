using LstmGpu.Tasks.Metrics;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>
/// Gathers forecasts from many rows of a series, each with all of its steps, beside what came and what the naive forecasts said from the same row.
/// </summary>
internal sealed class ForecastScore(double[] target, int season, double naiveError, double[] levels)
{
    private readonly List<double> truth = [], forecast = [], naive = [], seasonal = [];
    private readonly List<double>[] quantiles = [.. levels.Select(_ => new List<double>())];

    /// <summary>Values compared.</summary>
    public int Count => truth.Count;

    /// <param name="first">Row of the first step; those before it are what the naive forecasts know.</param>
    /// <param name="rows">Of each step its forecast, then its quantiles.</param>
    public void Add(int first, double[][] rows)
    {
        double[] values = [.. rows.Select(row => row[0])];
        for (int q = 0; q < levels.Length; q++)
        {
            quantiles[q].AddRange(rows.Select(row => row[1 + q]));
        }
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

    /// <summary>Errors of the forecasts; where there are quantiles their mean pinball loss, and the share of truth from the lowest to the highest.</summary>
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
        if (levels.Length > 0)
        {
            double[][] found = [.. quantiles.Select(values => values.ToArray())];
            metrics.Add(new("quantile_loss", levels.Select((level, q) => ForecastErrors.Quantile(y, found[q], level)).Average()));
            metrics.Add(new("coverage", ForecastErrors.Coverage(y, found[0], found[^1])));
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
