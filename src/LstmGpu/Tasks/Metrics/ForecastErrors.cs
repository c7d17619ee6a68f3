namespace LstmGpu.Tasks.Metrics;

/// <summary>How far forecasts ŷ lie from what came, y. Spans of a pair have the same length, at least 1.</summary>
internal static class ForecastErrors
{
    /// <summary>√(mean (y − ŷ)²), in the unit of y.</summary>
    public static double RootMeanSquared(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast) => Math.Sqrt(Mean(y, forecast, (a, b) => (a - b) * (a - b)));

    /// <summary>mean |y − ŷ|, in the unit of y.</summary>
    public static double MeanAbsolute(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast) => Mean(y, forecast, (a, b) => Math.Abs(a - b));

    /// <summary>mean |y − ŷ| / max(ε, |y|), ε = 2⁻⁵²: a share, not percent, as scikit-learn's mean_absolute_percentage_error.</summary>
    public static double MeanAbsolutePercentage(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast) =>
        Mean(y, forecast, (a, b) => Math.Abs(a - b) / Math.Max(Math.ScaleB(1, -52), Math.Abs(a)));

    /// <summary>mean 2|y − ŷ| / (|y| + |ŷ|), 0…2, with 0/0 = 0: the M4 competition's sMAPE as a share, not percent (Makridakis et al. 2020).</summary>
    public static double SymmetricMeanAbsolutePercentage(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast) =>
        Mean(y, forecast, (a, b) => a == b ? 0 : 2 * Math.Abs(a - b) / (Math.Abs(a) + Math.Abs(b)));

    /// <summary>
    /// mean |y − ŷ| over the mean absolute error of the seasonal naive forecast inside the training part, (1/(n−m))·Σ_{t&gt;m} |y_t − y_{t−m}|
    /// (Hyndman and Koehler 2006). NaN where that is 0 or the training part has no more than m values.
    /// </summary>
    /// <param name="training">The series that the forecaster was fitted on, in order.</param>
    /// <param name="season">m; 1 is the naive forecast.</param>
    public static double MeanAbsoluteScaled(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast, ReadOnlySpan<double> training, int season)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        double naive = training.Length > season ? MeanAbsolute(training[season..], training[..^season]) : 0;
        return naive > 0 ? MeanAbsolute(y, forecast) / naive : double.NaN;
    }

    /// <summary>mean max(q·(y − ŷ), (q − 1)·(y − ŷ)): the pinball loss (Koenker and Bassett 1978), least at the q-quantile.</summary>
    public static double Quantile(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast, double q) =>
        Mean(y, forecast, (a, b) => Math.Max(q * (a - b), (q - 1) * (a - b)));

    /// <summary>mean ½(log 2πσ² + (y − µ)²/σ²), in nats: torch's gaussian_nll_loss with full=True, without its floor under σ².</summary>
    /// <param name="deviations">σ of each forecast, above 0.</param>
    public static double GaussianNegativeLogLikelihood(ReadOnlySpan<double> y, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations)
    {
        Check(y, means);
        Check(y, deviations);
        double sum = 0;
        for (int n = 0; n < y.Length; n++)
        {
            double z = (y[n] - means[n]) / deviations[n];
            sum += 0.5 * (Math.Log(2 * Math.PI) + z * z) + Math.Log(deviations[n]);
        }

        return sum / y.Length;
    }

    /// <summary>The share of y that lies in [low, high], ends included.</summary>
    public static double Coverage(ReadOnlySpan<double> y, ReadOnlySpan<double> low, ReadOnlySpan<double> high)
    {
        Check(y, low);
        Check(y, high);
        int inside = 0;
        for (int n = 0; n < y.Length; n++)
        {
            inside += low[n] <= y[n] && y[n] <= high[n] ? 1 : 0;
        }

        return (double)inside / y.Length;
    }

    private static double Mean(ReadOnlySpan<double> y, ReadOnlySpan<double> forecast, Func<double, double, double> error)
    {
        Check(y, forecast);
        double sum = 0;
        for (int n = 0; n < y.Length; n++)
        {
            sum += error(y[n], forecast[n]);
        }

        return sum / y.Length;
    }

    private static void Check(ReadOnlySpan<double> y, ReadOnlySpan<double> other)
    {
        ArgumentOutOfRangeException.ThrowIfZero(y.Length, nameof(y));
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Length, y.Length, nameof(other));
    }
}
