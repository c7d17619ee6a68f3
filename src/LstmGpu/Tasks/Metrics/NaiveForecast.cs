namespace LstmGpu.Tasks.Metrics;

/// <summary>The forecasts that a trained one must beat (Hyndman and Athanasopoulos, "Forecasting: Principles and Practice", 5.2).</summary>
internal static class NaiveForecast
{
    /// <summary>The value one season back, of the last season seen: ŷ_{n+h} = y_{n+h−m·⌈h/m⌉}. With season 1 the last value.</summary>
    /// <param name="history">At least one season, in order.</param>
    /// <param name="forecast">[H] written.</param>
    public static void Seasonal(ReadOnlySpan<double> history, int season, Span<double> forecast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(season, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(history.Length, season, nameof(history));
        for (int h = 0; h < forecast.Length; h++)
        {
            forecast[h] = history[history.Length - season + h % season];
        }
    }

    /// <summary>The last value seen, at every step.</summary>
    public static void Last(ReadOnlySpan<double> history, Span<double> forecast) => Seasonal(history, 1, forecast);
}
