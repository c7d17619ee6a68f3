using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Sequences of a table, of unequal length: rows of one <c>--group</c> stand together, and have the covariates of each step and one target for all.</summary>
internal sealed class SequenceTable
{
    private readonly int[] starts; // [N+1]

    private SequenceTable(int[] starts, double[] targets, double[][] columns)
    {
        (this.starts, Targets, Columns) = (starts, targets, columns);
        Lengths = [.. targets.Select((_, n) => starts[n + 1] - starts[n])];
    }

    public int Count => Targets.Length;

    /// <summary>One for each sequence.</summary>
    public double[] Targets { get; }

    /// <summary>The covariates, all rows of all sequences in each.</summary>
    public double[][] Columns { get; }

    public int[] Lengths { get; }

    public int FirstRow(int sequence) => starts[sequence];

    /// <exception cref="DataException">The file cannot be read, lacks a column, or has a group that comes back or has two targets, with its line.</exception>
    public static SequenceTable Read(string path, ForecastOptions options)
    {
        string[] covariates = SeriesFile.CovariatesOf(options);
        CsvTable table = CsvTable.Read(path, [options.Target!, .. covariates], [options.Group!]);
        IReadOnlyList<string> groups = table.Texts(options.Group!);
        IReadOnlyList<double> values = table.Numbers(options.Target!);
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<int> starts = [];
        for (int row = 0; row < table.Rows; row++)
        {
            if (row == 0 || groups[row] != groups[row - 1])
            {
                starts.Add(row);
                if (!seen.Add(groups[row]))
                {
                    throw table.Refuse(row, options.Group!, $"found '{groups[row]}' again after other groups, expected the rows of a sequence side by side; sort the file");
                }
            }
            else if (values[row] != values[row - 1])
            {
                throw table.Refuse(row, options.Target!, FormattableString.Invariant(
                    $"found {values[row]} after {values[row - 1]} in one sequence, expected the same target in all of its rows; correct it"));
            }
        }
        return new([.. starts, table.Rows], [.. starts.Select(row => values[row])], [.. covariates.Select(name => (double[])[.. table.Numbers(name)])]);
    }
}
