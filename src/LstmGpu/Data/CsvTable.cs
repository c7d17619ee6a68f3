using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// Columns of a comma-separated file with a header line, found by name. The file is read once, forward; only the columns asked for are kept.
/// Names are compared exactly, after spaces around them are taken away.
/// </summary>
internal sealed class CsvTable
{
    private readonly Dictionary<string, List<double>> numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> texts = new(StringComparer.Ordinal);
    private readonly List<long> rowLines = [];

    private CsvTable(string name, string[] header) => (Name, Header) = (name, header);

    /// <summary>What messages call the file.</summary>
    public string Name { get; }

    /// <summary>The names of all columns, in the order of the file.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>Data rows, at least one.</summary>
    public int Rows => rowLines.Count;

    /// <summary>Reads the columns named; one may be read both ways.</summary>
    /// <exception cref="DataException">
    /// The file cannot be read, has no header or no row, lacks a column or has one twice, has rows of unequal length, or a field that should be a number
    /// is none.
    /// </exception>
    public static CsvTable Read(string path, IReadOnlyCollection<string> numbers, IReadOnlyCollection<string> texts, char separator = ',')
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return Read(lines, numbers, texts, separator);
    }

    /// <inheritdoc cref="Read(string, IReadOnlyCollection{string}, IReadOnlyCollection{string}, char)"/>
    public static CsvTable Read(TextLines lines, IReadOnlyCollection<string> numbers, IReadOnlyCollection<string> texts, char separator = ',')
    {
        using CsvRecords records = new(lines, separator);
        CsvHeader header = CsvHeader.Read(records, separator);
        CsvTable table = new(lines.Name, header.Names);
        var numberColumns = numbers.Distinct().Select(name => (Index: header.IndexOf(name), Values: table.numbers[name] = [])).ToArray();
        var textColumns = texts.Distinct().Select(name => (Index: header.IndexOf(name), Values: table.texts[name] = [])).ToArray();
        while (records.Next())
        {
            header.CheckLength(records);
            table.rowLines.Add(records.Line);
            foreach (var (index, values) in numberColumns)
            {
                values.Add(Number(records, index, header.Names[index]));
            }

            foreach (var (index, values) in textColumns)
            {
                values.Add(records.Fields[index]);
            }
        }

        return table.Rows > 0 ? table : throw lines.Refuse(
            1, $"found a header of {header.Names.Length} columns and no row (0 rows), expected at least one row below it; check that the file is complete");
    }

    /// <summary>The names of the columns, in the order of the file.</summary>
    /// <exception cref="DataException">The file cannot be read, is empty, or names a column twice or not at all.</exception>
    public static string[] ReadHeader(string path, char separator = ',')
    {
        using CsvRecords records = new(TextLines.Open(path, "data file"), separator);
        return CsvHeader.Read(records, separator).Names;
    }

    /// <summary>[Rows] the values of a column that was read as numbers; all finite.</summary>
    public IReadOnlyList<double> Numbers(string column) => numbers[column];

    /// <summary>[Rows] the values of a column that was read as numbers, rounded to floats.</summary>
    /// <exception cref="DataException">A value is beyond the range of a float.</exception>
    public float[] Floats(string column)
    {
        float[] values = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            values[row] = (float)numbers[column][row];
            if (!float.IsFinite(values[row]))
            {
                throw Refuse(row, column, FormattableString.Invariant(
                    $"found {numbers[column][row]}, expected a number within ±{float.MaxValue}; use a larger unit for this column"));
            }
        }

        return values;
    }

    /// <summary>[Rows] the fields of a column that was read as text, spaces kept.</summary>
    public IReadOnlyList<string> Texts(string column) => texts[column];

    /// <summary>The line on which a row begins.</summary>
    public long LineOf(int row) => rowLines[row];

    /// <summary>An error at a field of a row: what was found there, what was expected and what to do.</summary>
    public DataException Refuse(int row, string column, string found) => new($"{Quote.Name(Name)}, line {rowLines[row]}: column {Quote.Name(column)}: {found}");

    private static double Number(CsvRecords records, int index, string column) =>
        CsvNumber.Fault(records.Fields[index], out double value) is { } fault
            ? throw records.Lines.Refuse(records.LineOf(index), $"column {Quote.Name(column)}: {fault}")
            : value;
}
