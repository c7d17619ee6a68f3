namespace LstmGpu.Data;

/// <summary>
/// Sequences from a CSV file. A text column: a row is a text. Feature columns: a row is a sequence whose steps are its columns, one number each; with a
/// group column, neighbouring rows of one value there are the steps of a sequence, and the columns their features.
/// </summary>
internal sealed class SequenceTable
{
    private readonly CsvTable table;
    private readonly string? label;
    private readonly List<SequenceExample> examples = [];

    private SequenceTable(CsvTable table, string? label) => (this.table, this.label) = (table, label);

    /// <exception cref="DataException">What <see cref="CsvTable.Read(TextLines, IReadOnlyCollection{string}, IReadOnlyCollection{string}, char)"/> refuses, an
    /// empty text or label, or a sequence whose rows differ in their label.</exception>
    /// <exception cref="ConfigurationException">The settings name no column, or a text and features.</exception>
    public static SequenceData Read(TextLines lines, DataOptions columns, bool labelled, char separator)
    {
        string[] features = columns.FeatureColumns?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (columns.TextColumn is not null == features.Length > 0)
        {
            throw new ConfigurationException(
                $"'{lines.Name}' is a CSV file and {(features.Length > 0 ? "both --text-column and --feature-columns are" : "no column is")} named, expected one of --text-column and --feature-columns");
        }
        string? label = labelled ? columns.LabelColumn ?? "label" : null;
        string[] texts = [.. new[] { columns.TextColumn, label, columns.GroupColumn }.OfType<string>()];
        SequenceTable read = new(CsvTable.Read(lines, features, texts, separator), label);
        if (columns.TextColumn is { } text)
        {
            read.AddTexts(text);
        }
        else if (columns.GroupColumn is { } group)
        {
            read.AddGroups(features, group);
        }
        else
        {
            read.AddRows(features);
        }
        int featureCount = features.Length == 0 ? 0 : columns.GroupColumn is null ? 1 : features.Length;
        return new(lines.Name, read.examples, [], featureCount) { ScaledColumns = features.Length };
    }

    private void AddTexts(string column)
    {
        for (int row = 0; row < table.Rows; row++)
        {
            examples.Add(new(0, table.LineOf(row)) { Text = Filled(row, column, "a text"), Label = LabelOf(row) });
        }
    }

    private void AddRows(string[] features)
    {
        float[][] columns = [.. features.Select(table.Floats)];
        for (int row = 0; row < table.Rows; row++)
        {
            examples.Add(new(0, table.LineOf(row)) { Features = [.. columns.Select(column => column[row])], Label = LabelOf(row) });
        }
    }

    private void AddGroups(string[] features, string group)
    {
        float[][] columns = [.. features.Select(table.Floats)];
        HashSet<string> ended = new(StringComparer.Ordinal);
        for (int start = 0, end; start < table.Rows; start = end)
        {
            string name = Filled(start, group, "the name of a sequence");
            if (!ended.Add(name))
            {
                throw table.Refuse(start, group, $"found '{name}' again after rows of another sequence, expected the rows of a sequence together; sort the file by this column");
            }
            for (end = start; end < table.Rows && table.Texts(group)[end] == name; end++)
            {
                RequireSameLabel(start, end);
            }
            (int first, int last) = (start, end);
            float[] values = [.. Enumerable.Range(first, last - first).SelectMany(row => columns.Select(column => column[row]))];
            examples.Add(new(0, table.LineOf(start)) { Features = values, Label = LabelOf(start) });
        }
    }

    private void RequireSameLabel(int first, int row)
    {
        if (LabelOf(row) != LabelOf(first))
        {
            throw table.Refuse(row, label!, $"found the label '{LabelOf(row)}', expected '{LabelOf(first)}' as in line {table.LineOf(first)} of the same sequence; correct it");
        }
    }

    private string? LabelOf(int row) => label is null ? null : Filled(row, label, "a label").Trim();

    private string Filled(int row, string column, string expected)
    {
        string field = table.Texts(column)[row];
        return string.IsNullOrWhiteSpace(field) ? throw table.Refuse(row, column, $"found an empty field, expected {expected}; fill it in or remove the row") : field;
    }
}
