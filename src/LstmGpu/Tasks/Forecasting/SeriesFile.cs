using System.Security.Cryptography;
using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>The columns of a table that a forecast reads, row by row.</summary>
/// <param name="Name">What messages call the file.</param>
/// <param name="Target">[N].</param>
/// <param name="Covariates">[N] of each.</param>
internal sealed record SeriesFile(string Name, double[] Target, IReadOnlyList<double[]> Covariates)
{
    public int Rows => Target.Length;

    /// <summary>Of each row, and of rows beyond; null without <c>--time-column</c>.</summary>
    public TimeStamps? Times { get; init; }

    /// <summary>The columns of <c>--covariates</c>.</summary>
    /// <exception cref="ConfigurationException">A name is empty, occurs twice or is the target's.</exception>
    public static string[] CovariatesOf(ForecastOptions options)
    {
        string[] names = options.Covariates?.Split(',', StringSplitOptions.TrimEntries) ?? [];
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Length || names.Any(name => name.Length == 0 || name == options.Target))
        {
            throw new ConfigurationException($"--covariates is '{options.Covariates}', expected names of columns such as a,b, each once and none of them --target; correct it");
        }
        return names;
    }

    /// <exception cref="DataException">The file cannot be read, lacks a column, or holds what is no number, with its line.</exception>
    public static SeriesFile Read(string path, ForecastOptions options)
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return Read(lines, options);
    }

    /// <inheritdoc cref="Read(string, ForecastOptions)"/>
    public static SeriesFile Read(TextLines lines, ForecastOptions options)
    {
        string[] covariates = CovariatesOf(options);
        CsvTable table = CsvTable.Read(lines, [options.Target!, .. covariates], texts: options.TimeColumn is { } column ? [column] : []);
        double[] target = [.. table.Numbers(options.Target!)];
        int row = options.LogTransform ? Array.FindIndex(target, value => value <= 0) : -1;
        return row < 0
            ? new(lines.Name, target, [.. covariates.Select(name => (double[])[.. table.Numbers(name)])]) { Times = options.TimeColumn is { } times ? TimeStamps.Read(table, times) : null }
            : throw table.Refuse(row, options.Target!, FormattableString.Invariant(
                $"found {target[row]}, expected a number above 0 for --log-transform; leave that out or correct the value"));
    }

    /// <summary>SHA-256 of a file, in hexadecimal digits.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static string HashOf(string path)
    {
        using FileStream stream = InputFile.OpenStream(path, "data file");
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>With more values of the target after its last; only where there are no covariates, whose future nobody knows. Their times are known.</summary>
    public SeriesFile With(ReadOnlySpan<double> more) => this with { Target = [.. Target, .. more] };

    /// <summary>With the times of rows beyond the last; without <c>--time-column</c> as it is.</summary>
    public SeriesFile WithTimes(int more) => more <= 0 ? this : this with { Times = Times?.With(more) };
}
