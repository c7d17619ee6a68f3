using System.Globalization;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>What stands before <c>@data</c> in a time-series file.</summary>
internal sealed class TimeSeriesHeader
{
    private readonly TextLines lines;
    private readonly HashSet<string> seen = [];

    private TimeSeriesHeader(TextLines lines) => this.lines = lines;

    public string? ProblemName { get; private set; }

    /// <summary>Values of a step, or null: as many as the first case has.</summary>
    public int? Dimensions { get; private set; }

    public bool EqualLength { get; private set; }

    /// <summary>Steps of every case, or null.</summary>
    public int? SeriesLength { get; private set; }

    /// <summary>The labels in the order of the file; empty: the cases have none.</summary>
    public string[] Labels { get; private set; } = [];

    public static TimeSeriesHeader Read(TextLines lines)
    {
        TimeSeriesHeader header = new(lines);
        while (lines.Next() is { } raw)
        {
            string line = raw.Trim();
            if (line.Equals("@data", StringComparison.OrdinalIgnoreCase))
            {
                return header;
            }

            if (line.Length > 0 && line[0] != '#')
            {
                header.ReadEntry(line);
            }
        }

        throw lines.Refuse(lines.Number, "found the end of the file, expected a line @data before the cases; check that this is a .ts file");
    }

    private void ReadEntry(string line)
    {
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string key = words[0].ToLowerInvariant();
        if (!seen.Add(key))
        {
            throw Refuse($"{Quote.Name(words[0])} for the second time", "each entry once", "remove one");
        }

        switch (key)
        {
            case "@problemname":
                ProblemName = string.Join(' ', words[1..]);
                break;
            case "@timestamps":
                RefuseTrue(words, "cases with timestamps", "write values at even steps and @timestamps false");
                break;
            case "@missing":
                RefuseTrue(words, "missing values", "fill them in and write @missing false");
                break;
            case "@targetlabel":
                RefuseTrue(words, "a number as target", "use classes and @classLabel true");
                break;
            case "@univariate":
                Dimensions = Truth(words) ? 1 : Dimensions;
                break;
            case "@dimensions" or "@dimension":
                Dimensions = Count(words);
                break;
            case "@equallength":
                EqualLength = Truth(words);
                break;
            case "@serieslength":
                SeriesLength = Count(words);
                break;
            case "@classlabel":
                ReadLabels(words);
                break;
            default:
                throw Refuse(Quote.Name(words[0]), "an entry of a .ts header such as @dimensions, @classLabel or @data", "correct or remove it");
        }
    }

    private void ReadLabels(string[] words)
    {
        Labels = Truth(words) ? words[2..] : [];
        if (Truth(words) && Labels.Distinct(StringComparer.Ordinal).Count() is var distinct && (distinct < 2 || distinct < Labels.Length))
        {
            throw Refuse($"{distinct} distinct labels in {Labels.Length}", "two or more, each once", "list them after @classLabel true");
        }
    }

    private void RefuseTrue(string[] words, string what, string step)
    {
        if (Truth(words))
        {
            throw Refuse(what, "none, which is all that is read", step);
        }
    }

    private bool Truth(string[] words) => words.Length > 1 && bool.TryParse(words[1], out bool truth)
        ? truth
        : throw Refuse(Quote.Name(string.Join(' ', words)), "true or false after it", "correct it");

    private int Count(string[] words) =>
        words.Length == 2 && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0
            ? count
            : throw Refuse(Quote.Name(string.Join(' ', words)), "a number from 1 after it", "correct it");

    private DataException Refuse(string found, string expected, string step) => lines.Refuse(lines.Number, $"found {found}, expected {expected}; {step}");
}
