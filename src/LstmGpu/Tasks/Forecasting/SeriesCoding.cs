using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>
/// What the network sees of a series and back: z = y or log y, w_n = z_n or z_n − z_{n−d}, scaled. Row n of the coded series is row n + d of the file.
/// </summary>
internal sealed class SeriesCoding(ForecastOptions options, ColumnScaler scaler)
{
    private readonly int covariates = SeriesFile.CovariatesOf(options).Length;
    private readonly string[] calendar = CalendarOf(options);

    public ColumnScaler Scaler { get; } = scaler;

    /// <summary>d: rows of the file before the first coded one.</summary>
    public int Lag => options.Difference;

    /// <summary>F: the target, the covariates, sine and cosine of the season and of parts of the calendar, and with these whether the row is yet to come.</summary>
    public int Features => 1 + covariates + (options.Season > 0 ? 2 : 0) + (SeesFuture ? 2 * calendar.Length + 1 : 0);

    /// <summary>Whether the calendar of the rows to forecast is read after the rows of the window.</summary>
    public bool SeesFuture => calendar.Length > 0;

    /// <summary>Steps of a sequence: the rows of a window, and with a calendar those to forecast.</summary>
    public int Steps => options.Window + (SeesFuture ? options.Horizon : 0);

    /// <summary>The parts of <c>--calendar</c>.</summary>
    /// <exception cref="ConfigurationException">Another name, one twice, or no <c>--time-column</c> to read them from.</exception>
    public static string[] CalendarOf(ForecastOptions options) => options is { Calendar: not null, TimeColumn: null }
        ? throw new ConfigurationException("--calendar reads the times of --time-column, found none; name that column")
        : CalendarFeatures.Parse(options.Calendar);

    /// <param name="trainingRows">Rows of the file that are not held out; no other is looked at.</param>
    public static SeriesCoding Fit(ForecastOptions options, SeriesFile series, int trainingRows)
    {
        int lag = options.Difference;
        double[][] columns = [Changes(options, series.Target), .. series.Covariates.Select(column => column[lag..])];
        return new(options, ColumnScaler.Fit(ColumnScaler.KindOf(options.Scaling), columns, trainingRows - lag));
    }

    /// <summary>[N−d,F]. The season is counted from the first row of the file.</summary>
    public float[] Inputs(SeriesFile series)
    {
        float[] target = Targets(series), inputs = new float[target.Length * Features];
        for (int row = 0; row < target.Length; row++)
        {
            Span<float> x = inputs.AsSpan(row * Features, Features);
            x[0] = target[row];
            for (int column = 0; column < covariates; column++)
            {
                x[1 + column] = Scaler.ScaleToSingle(1 + column, series.Covariates[column][row + Lag]);
            }
        }
        WriteTimes(series, Lag, inputs);
        return inputs;
    }

    /// <summary>[rows,F] as the network sees rows whose values are yet to come: what their time says, and a 1.</summary>
    /// <param name="first">Row of the file.</param>
    public float[] Future(SeriesFile series, int first, int rows)
    {
        float[] inputs = new float[rows * Features];
        WriteTimes(series, first, inputs);
        for (int row = 0; row < rows; row++)
        {
            inputs[(row + 1) * Features - 1] = 1;
        }
        return inputs;
    }

    /// <summary>[N−d].</summary>
    public float[] Targets(SeriesFile series) => [.. Changes(options, series.Target).Select(w => Scaler.ScaleToSingle(0, w))];

    /// <summary>A forecast in the unit of the target. What a change is added to is known, or is itself forecast where it lies at or after the first row.</summary>
    /// <param name="coded">[H] outputs of the network.</param>
    /// <param name="target">The target, of which the rows before <paramref name="first"/> are read.</param>
    /// <param name="first">Row of the file that the forecast begins with.</param>
    public double[] Decode(ReadOnlySpan<float> coded, double[] target, int first)
    {
        double[] level = new double[coded.Length];
        for (int h = 0; h < level.Length; h++)
        {
            double w = Scaler.Unscale(0, coded[h]);
            level[h] = Lag == 0 ? w : h < Lag ? w + Level(options, target[first + h - Lag]) : w + level[h - Lag];
        }
        return options.LogTransform ? [.. level.Select(Math.Exp)] : level;
    }

    private void WriteTimes(SeriesFile series, int first, Span<float> inputs)
    {
        int rows = inputs.Length / Features, at = 1 + covariates;
        float[] season = options.Season > 0 ? SeasonalFeatures.Of(first, rows, options.Season) : [];
        for (int row = 0; row < rows; row++)
        {
            Span<float> x = inputs.Slice(row * Features + at, Features - at);
            if (season.Length > 0)
            {
                (x[0], x[1]) = (season[2 * row], season[2 * row + 1]);
                x = x[2..];
            }
            if (SeesFuture)
            {
                CalendarFeatures.Write(series.Times![first + row], calendar, x);
            }
        }
    }

    private static double[] Changes(ForecastOptions options, double[] y)
    {
        int lag = options.Difference;
        double[] z = [.. y.Select(value => Level(options, value))];
        return lag == 0 ? z : [.. z.Skip(lag).Select((value, n) => value - z[n])];
    }

    private static double Level(ForecastOptions options, double y) => options.LogTransform ? Math.Log(y) : y;
}
