namespace LstmGpu.Data;

/// <summary>Text examples from a comma-separated file.</summary>
internal static class TextExamples
{
    /// <summary>One example per row.</summary>
    /// <exception cref="DataException">What <see cref="CsvTable.Read(string, IReadOnlyCollection{string}, IReadOnlyCollection{string}, char)"/> refuses,
    /// or a row without text or label.</exception>
    public static List<TextExample> ReadCsv(string path, string textColumn, string labelColumn, char separator = ',')
    {
        CsvTable table = CsvTable.Read(path, [], [textColumn, labelColumn], separator);
        List<TextExample> examples = new(table.Rows);
        for (int row = 0; row < table.Rows; row++)
        {
            string label = Require(table, row, labelColumn, "a label").Trim();
            examples.Add(new(Require(table, row, textColumn, "a text"), label, Group: 0));
        }

        return examples;
    }

    private static string Require(CsvTable table, int row, string column, string expected)
    {
        string field = table.Texts(column)[row];
        return string.IsNullOrWhiteSpace(field) ? throw table.Refuse(row, column, $"found an empty field, expected {expected}; fill it in or remove the row") : field;
    }
}
