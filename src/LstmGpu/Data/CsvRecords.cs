using System.Text;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// The records of a comma-separated file (RFC 4180), one after the other: a field in quotes may hold separators, line ends and doubled quotes. Lines end
/// with LF or CRLF. Blank lines at the end of the file are no records.
/// </summary>
internal sealed class CsvRecords(TextLines lines, char separator) : IDisposable
{
    private const int LongestField = 64 << 20;

    private readonly List<string> fields = [];
    private readonly List<long> fieldLines = [];
    private readonly StringBuilder quoted = new();
    private string? line;
    private long number;
    private int at;
    private string? ahead;  // the line that follows blank ones, read to know that they are not the end
    private int blankAhead; // and how many of those are still to come

    public TextLines Lines => lines;

    /// <summary>The fields of the record read last.</summary>
    public IReadOnlyList<string> Fields => fields;

    /// <summary>The line on which the record read last starts.</summary>
    public long Line { get; private set; }

    /// <summary>The line on which a field of it starts.</summary>
    public long LineOf(int field) => fieldLines[field];

    /// <summary>Reads a record; false at the end of the file.</summary>
    /// <exception cref="DataException">A quote is not closed or stands inside an unquoted field, or the text cannot be read.</exception>
    public bool Next()
    {
        fields.Clear();
        fieldLines.Clear();
        line = NextLine();
        if (line is null || (IsBlank(line) && OnlyBlankLinesFollow()))
        {
            return false;
        }

        Line = number;
        for (at = 0; ReadField();)
        {
        }

        return true;
    }

    public void Dispose() => lines.Dispose();

    private static bool IsBlank(string line) => line is "" or "\r";

    private string? NextLine()
    {
        number++;
        if (blankAhead > 0)
        {
            blankAhead--;
            return "";
        }

        (string? next, ahead) = (ahead, null);
        return next ?? lines.Next();
    }

    // With records behind it, a blank line is a record of one empty field.
    private bool OnlyBlankLinesFollow()
    {
        while (ahead is null && lines.Next() is { } next)
        {
            if (IsBlank(next))
            {
                blankAhead++;
            }
            else
            {
                ahead = next;
            }
        }

        return ahead is null;
    }

    /// <summary>Reads one field; true when a separator follows it.</summary>
    private bool ReadField()
    {
        fieldLines.Add(number);
        if (at < line!.Length && line[at] == '"')
        {
            return ReadQuoted();
        }

        int end = line.IndexOf(separator, at);
        string field = end < 0 ? TextLines.WithoutReturn(line[at..]) : line[at..end];
        if (field.AsSpan().IndexOfAny('"', '\r') is >= 0 and int bad)
        {
            throw Refuse(field[bad] == '"'
                ? $"found a quote inside the unquoted field {Quote.Name(field)}, expected it in a quoted field; put the field in quotes and double the quote"
                : $"found a carriage return without a line feed in {Quote.Name(field)}, expected lines that end with LF or CRLF; convert the line ends");
        }

        fields.Add(field);
        at = end + 1;
        return end >= 0;
    }

    private bool ReadQuoted()
    {
        long opened = number;
        quoted.Clear();
        at++;
        while (true)
        {
            int quote = line!.IndexOf('"', at);
            if (quote < 0)
            {
                quoted.Append(line, at, line.Length - at).Append('\n');
                ContinueOnNextLine(opened);
                continue;
            }

            quoted.Append(line, at, quote - at);
            at = quote + 1;
            if (at < line.Length && line[at] == '"')
            {
                quoted.Append('"');
                at++;
                continue;
            }

            fields.Add(quoted.ToString());
            return EndQuoted();
        }
    }

    private bool EndQuoted()
    {
        string rest = line![at..];
        if (rest.StartsWith(separator))
        {
            at++;
            return true;
        }

        return rest is "" or "\r" ? false : throw Refuse(
            $"found {Quote.Name(TextLines.WithoutReturn(rest))} after a closing quote, expected '{separator}' or the end of the line; double a quote that is part of the text");
    }

    private void ContinueOnNextLine(long opened)
    {
        line = quoted.Length > LongestField ? null : NextLine();
        at = 0;
        if (line is null)
        {
            throw lines.Refuse(opened, "found a quoted field that is never closed, expected a closing quote; close it, or double a quote that is part of the text");
        }
    }

    private DataException Refuse(string found) => lines.Refuse(number, found);
}
