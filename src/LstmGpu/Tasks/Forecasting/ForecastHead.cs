using System.Globalization;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>What the network says of each target: a number, quantiles, or a normal distribution; and how that is read as forecasts.</summary>
internal sealed class ForecastHead
{
    private readonly ForecastOptions options;

    private ForecastHead(ForecastOptions options, double[] levels) => (this.options, Levels) = (options, levels);

    /// <summary>Levels of the quantiles, ascending; empty of a point forecast.</summary>
    public double[] Levels { get; }

    /// <summary>Numbers of the network for each target.</summary>
    public int Outputs => options.Head switch { "quantile" => Levels.Length, "gaussian" => 2, _ => 1 };

    /// <summary>Names of what <see cref="Read"/> gives.</summary>
    public IReadOnlyList<string> Columns => ["forecast", .. Levels.Select(level => "q" + level.ToString(CultureInfo.InvariantCulture))];

    /// <exception cref="ConfigurationException">Levels that are none, or settings that do not go together.</exception>
    public static ForecastHead Of(ForecastOptions options)
    {
        if (options.Head == "point")
        {
            if (options.Quantiles != new ForecastOptions().Quantiles)
            {
                throw new ConfigurationException("--quantiles is of --head quantile and gaussian, and --head is point; leave it out or choose one of those");
            }
            return new(options, []);
        }
        if (options.Loss != "mse")
        {
            throw new ConfigurationException($"--loss {options.Loss} is of --head point, and --head is {options.Head}; leave it out");
        }
        if (options.Difference > 0 && options.Horizon > options.Difference)
        {
            throw new ConfigurationException(
                $"--head {options.Head} with --difference {options.Difference} has no quantiles of step {options.Difference + 1} of --horizon {options.Horizon}, "
                + "which is added to a step that is not known; use a horizon within the difference");
        }
        List<double> levels = [];
        foreach (string text in options.Quantiles.Split(','))
        {
            bool known = double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double level);
            if (!known || level is <= 0 or >= 1 || (levels.Count > 0 && level <= levels[^1]))
            {
                throw new ConfigurationException($"--quantiles is '{options.Quantiles}', expected ascending levels between 0 and 1 such as 0.1,0.5,0.9; correct it");
            }
            levels.Add(level);
        }
        return new(options, [.. levels]);
    }

    public TargetLoss Loss() => options.Head switch
    {
        "quantile" => new QuantileLoss([.. Levels.Select(level => (float)level)]),
        "gaussian" => new GaussianLoss(),
        _ => new ValueLoss(options.Loss switch
        {
            "mae" => LossFunction.MeanAbsoluteError,
            "huber" => LossFunction.Huber,
            _ => LossFunction.MeanSquaredError,
        }),
    };

    /// <summary>
    /// Rows of a forecast in the unit of the target: the forecast itself (of quantiles the one nearest to the median, of a normal distribution its median),
    /// then the quantiles. Quantiles that cross are put in order (Chernozhukov et al. 2010).
    /// </summary>
    /// <param name="outputs">[H,K] of one sequence.</param>
    public double[][] Read(ReadOnlySpan<float> outputs, SeriesCoding coding, double[] target, int first)
    {
        int horizon = outputs.Length / Outputs;
        double[][] columns = new double[Columns.Count][];
        for (int column = 0; column < columns.Length; column++)
        {
            float[] coded = new float[horizon];
            for (int h = 0; h < horizon; h++)
            {
                coded[h] = Value(outputs.Slice(h * Outputs, Outputs), column);
            }
            columns[column] = coding.Decode(coded, target, first);
        }
        return [.. Enumerable.Range(0, horizon).Select(h => (double[])[columns[0][h], .. columns.Skip(1).Select(column => column[h]).Order()])];
    }

    private float Value(ReadOnlySpan<float> outputs, int column) => options.Head switch
    {
        "quantile" => outputs[column > 0 ? column - 1 : Array.IndexOf(Levels, Levels.MinBy(level => Math.Abs(level - 0.5)))],
        "gaussian" => column == 0 ? outputs[0] : outputs[0] + (float)(Math.Exp(outputs[1]) * NormalQuantile.Of(Levels[column - 1])),
        _ => outputs[0],
    };
}
