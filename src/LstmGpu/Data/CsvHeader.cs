using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>The first record of a comma-separated file: the names of its columns, each once.</summary>
internal sealed class CsvHeader
{
    private const int MostNames = 12;

    private readonly CsvRecords records;
    private readonly char separator;
    private readonly Dictionary<string, int> indexOf = new(StringComparer.Ordinal);

    private CsvHeader(CsvRecords records, char separator, string[] names) => (this.records, this.separator, Names) = (records, separator, names);

    public string[] Names { get; }

    public static CsvHeader Read(CsvRecords records, char separator)
    {
        if (!records.Next())
        {
            throw records.Lines.Refuse(1, "found an empty file, expected a header line with the names of the columns; check that this is the right file");
        }

        CsvHeader header = new(records, separator, [.. records.Fields.Select(name => name.Trim())]);
        for (int column = 0; column < header.Names.Length; column++)
        {
            header.Add(column);
        }

        return header;
    }

    /// <summary>The place of a column.</summary>
    /// <exception cref="DataException">There is none of that name.</exception>
    public int IndexOf(string name)
    {
        if (indexOf.TryGetValue(name, out int index))
        {
            return index;
        }

        string nearest = OtherSeparator() ?? (ClosestName.Find(name, Names) is { } close ? $"; did you mean {Quote.Name(close)}?" : "; correct the name");
        throw records.Lines.Refuse(1, $"found no column {Quote.Name(name)}, expected one of {Listed()}{nearest}");
    }

    /// <exception cref="DataException">The record has more or fewer fields than the header.</exception>
    public void CheckLength(CsvRecords row)
    {
        if (row.Fields.Count == Names.Length)
        {
            return;
        }

        string step = row.Fields is [""] ? "remove the blank line"
            : row.Fields.Count < Names.Length ? "fill in what is missing, or check whether the line is cut off"
            : "put text that holds a separator in quotes, and write decimals with a point, not a comma";
        throw records.Lines.Refuse(row.Line, $"found {row.Fields.Count} fields, expected {Names.Length} as in the header; {step}");
    }

    private void Add(int column)
    {
        string name = Names[column];
        if (name.Length == 0)
        {
            throw records.Lines.Refuse(records.LineOf(column), $"found no name for column {column + 1} of the header, expected a name for every column; give it one");
        }

        if (!indexOf.TryAdd(name, column))
        {
            throw records.Lines.Refuse(
                records.LineOf(column),
                $"found the column {Quote.Name(name)} twice, as columns {indexOf[name] + 1} and {column + 1}, expected each name once; rename one of them");
        }
    }

    private string Listed() => string.Join(", ", Names.Take(MostNames).Select(Quote.Name)) + (Names.Length > MostNames ? ", …" : "");

    // A file with another separator looks like one column with a long name.
    private string? OtherSeparator()
    {
        char other = Names is [var only] ? only.FirstOrDefault(c => c is ';' or '\t' or ',' && c != separator) : default;
        return other == default ? null : $"; the columns seem to be separated by {(other == '\t' ? "a tab" : $"'{other}'")}, not by '{separator}'";
    }
}
