using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// Tagged sequences in columns, as in CoNLL-2003 (Tjong Kim Sang and De Meulder 2003): a token per line, its label in the last column, a blank line
/// between sequences. Columns are separated by tabs where the line has one (a token may then hold spaces), else by spaces; every line has as many, two or
/// more, and those between the first and the last are not read. A line whose token is <c>-DOCSTART-</c> begins a document: it ends a sequence and is no
/// token. There are no comments: <c>#</c> is a token like any other.
/// </summary>
internal static class TaggedFile
{
    private const string DocumentStart = "-DOCSTART-";

    /// <exception cref="DataException">The file cannot be read, holds no token, or a line has too few columns or another number than the first.</exception>
    public static List<TaggedSequence> Read(string path)
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return Read(lines);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static List<TaggedSequence> Read(TextLines lines)
    {
        List<TaggedSequence> sequences = [];
        List<(string Token, string Label)> current = [];
        int columns = 0;
        while (lines.Next() is { } line)
        {
            if (string.IsNullOrWhiteSpace(line) || IsDocumentStart(line))
            {
                End(sequences, current, lines.Number);
                continue;
            }

            string[] fields = Split(TextLines.WithoutReturn(line));
            columns = columns == 0 ? fields.Length : columns;
            Check(lines, line, fields, columns);
            current.Add((fields[0], fields[^1]));
        }

        End(sequences, current, lines.Number);
        return sequences.Count > 0 ? sequences : throw lines.Refuse(1, "found no token, expected lines of a token and its label; check that this is the right file");
    }

    private static string[] Split(string line) => line.Contains('\t')
        ? line.Split('\t', StringSplitOptions.TrimEntries)
        : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsDocumentStart(string line) => line.StartsWith(DocumentStart, StringComparison.Ordinal)
        && (line.Length == DocumentStart.Length || char.IsWhiteSpace(line[DocumentStart.Length]));

    private static void Check(TextLines lines, string line, string[] fields, int columns)
    {
        if (fields.Length < 2 || fields[0].Length == 0 || fields[^1].Length == 0)
        {
            throw lines.Refuse(lines.Number, $"found {Quote.Name(TextLines.WithoutReturn(line))}, expected a token, a tab or space, and its label; add the one that is missing");
        }

        if (fields.Length != columns)
        {
            throw lines.Refuse(lines.Number, $"found {fields.Length} columns, expected {columns} as in the lines before; correct the line, or separate columns by tabs");
        }
    }

    // line is the blank one after the sequence, or one past the end of the file.
    private static void End(List<TaggedSequence> sequences, List<(string Token, string Label)> current, long line)
    {
        if (current.Count > 0)
        {
            sequences.Add(new([.. current.Select(c => c.Token)], [.. current.Select(c => c.Label)], line - current.Count));
            current.Clear();
        }
    }
}
