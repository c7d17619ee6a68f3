namespace LstmGpu;

/// <summary>What <c>--task forecast</c> and <c>--task regress</c> read of a table, and what they predict.</summary>
public sealed record ForecastOptions
{
    [Setting("--target", "column that is predicted, by its name in the header of --data")]
    public string? Target { get; init; }

    [Setting("--covariates", "further input columns, separated by commas")]
    public string? Covariates { get; init; }

    [Setting("--group", "regress: column whose value is the same in all rows of one sequence; they stand together")]
    public string? Group { get; init; }

    [Setting("--window", "forecast: rows that are read before a forecast", Minimum = 1, Maximum = 1048576)]
    public int Window { get; init; } = 24;

    [Setting("--horizon", "forecast: rows that are predicted at once", Minimum = 1, Maximum = 65536)]
    public int Horizon { get; init; } = 1;

    [Setting("--test-last", "last rows (forecast) or sequences (regress) that are held out; left out, --validation-fraction of them; 0: none", Minimum = 0)]
    public int? TestLast { get; init; }

    [Setting("--scaling", "how columns are scaled, by training rows alone: to mean 0 and deviation 1, to 0…1, or not", OneOf = ["standard", "minmax", "none"])]
    public string Scaling { get; init; } = "standard";

    [Setting("--season", "forecast: rows of a season, for its sine and cosine as inputs and the seasonal naive baseline; 0: none", Minimum = 0, Maximum = 1048576)]
    public int Season { get; init; }

    [Setting("--time-column", "forecast: column with the time of each row, ISO 8601 such as 2024-01, 2024-01-31 or 2024-01-31T13:00, ascending")]
    public string? TimeColumn { get; init; }

    [Setting("--calendar", "forecast: sine and cosine of these parts of --time-column as inputs, of the rows of the window and of those to forecast: month, weekday, hour, day-of-year, separated by commas")]
    public string? Calendar { get; init; }

    [Setting("--log-transform", "forecast: the network sees the logarithm of the target, which must be positive")]
    public bool LogTransform { get; init; }

    [Setting("--difference", "forecast: the network sees the change of the target over so many rows, such as 1 or a season; 0: the target itself", Minimum = 0, Maximum = 1048576)]
    public int Difference { get; init; }

    [Setting("--head", "forecast: a number, the --quantiles, or a normal distribution for each step", OneOf = ["point", "quantile", "gaussian"])]
    public string Head { get; init; } = "point";

    [Setting("--quantiles", "forecast: levels that --head quantile learns and --head gaussian prints, ascending, separated by commas")]
    public string Quantiles { get; init; } = "0.1,0.5,0.9";

    [Setting("--loss", "mean of the squared or absolute error, or Huber's with delta 1, of the scaled target", OneOf = ["mse", "mae", "huber"])]
    public string Loss { get; init; } = "mse";
}
