using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Sequences of a table, of unequal length: rows of one <c>--group</c> stand together, and have the covariates of each step and one target for all.</summary>
internal sealed class SequenceTable
{
    private readonly int[] starts; // [N+1]

    private SequenceTable(int[] starts, string[] groups, double[] targets, double[][] columns)
    {
        (this.starts, Groups, Targets, Columns) = (starts, groups, targets, columns);
        Lengths = [.. groups.Select((_, n) => starts[n + 1] - starts[n])];
    }

    public int Count => Groups.Length;

    /// <summary>What the rows of each sequence share.</summary>
    public string[] Groups { get; }

    /// <summary>One for each sequence; 0 where they were not read.</summary>
    public double[] Targets { get; }

    /// <summary>The covariates, all rows of all sequences in each.</summary>
    public double[][] Columns { get; }

    public int[] Lengths { get; }

    public int FirstRow(int sequence) => starts[sequence];

    /// <exception cref="DataException">The file cannot be read, lacks a column, or has a group that comes back or has two targets, with its line.</exception>
    public static SequenceTable Read(string path, ForecastOptions options)
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return Read(lines, options, hasTargets: true);
    }

    /// <param name="hasTargets">False: the target is to be predicted, and its column is not read.</param>
    /// <inheritdoc cref="Read(string, ForecastOptions)"/>
    public static SequenceTable Read(TextLines lines, ForecastOptions options, bool hasTargets)
    {
        string[] covariates = SeriesFile.CovariatesOf(options);
        CsvTable table = CsvTable.Read(lines, hasTargets ? [options.Target!, .. covariates] : covariates, [options.Group!]);
        int[] starts = [.. StartsOf(table, options.Group!)];
        string[] groups = [.. starts.Select(row => table.Texts(options.Group!)[row])];
        double[] targets = hasTargets ? TargetsOf(table, options.Target!, starts) : new double[groups.Length];
        return new([.. starts, table.Rows], groups, targets, [.. covariates.Select(name => (double[])[.. table.Numbers(name)])]);
    }

    private static IEnumerable<int> StartsOf(CsvTable table, string column)
    {
        IReadOnlyList<string> groups = table.Texts(column);
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int row = 0; row < table.Rows; row++)
        {
            if (string.IsNullOrWhiteSpace(groups[row]))
            {
                throw table.Refuse(row, column, "found an empty field, expected the name of a sequence; fill it in or remove the row");
            }
            if (row == 0 || groups[row] != groups[row - 1])
            {
                yield return seen.Add(groups[row]) ? row : throw table.Refuse(
                    row, column, $"found '{groups[row]}' again after other groups, expected the rows of a sequence side by side; sort the file");
            }
        }
    }

    private static double[] TargetsOf(CsvTable table, string column, int[] starts)
    {
        IReadOnlyList<double> values = table.Numbers(column);
        HashSet<int> first = [.. starts];
        for (int row = 1; row < table.Rows; row++)
        {
            if (!first.Contains(row) && values[row] != values[row - 1])
            {
                throw table.Refuse(row, column, FormattableString.Invariant(
                    $"found {values[row]} after {values[row - 1]} in one sequence, expected the same target in all of its rows; correct it"));
            }
        }
        return [.. starts.Select(row => values[row])];
    }
}
