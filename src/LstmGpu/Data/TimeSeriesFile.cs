using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>
/// Labelled series in the <c>.ts</c> format of sktime and aeon: a header of <c>@</c> lines, then a case per line, its dimensions separated by colons,
/// their values by commas, the label last. Lines that begin with <c>#</c> are comments. Cases may differ in length, dimensions of one may not.
/// </summary>
internal sealed class TimeSeriesFile
{
    private readonly TextLines lines;
    private readonly TimeSeriesHeader header;
    private readonly List<TimeSeriesCase> cases = [];

    private TimeSeriesFile(TextLines lines) => (this.lines, header) = (lines, TimeSeriesHeader.Read(lines));

    public IReadOnlyList<TimeSeriesCase> Cases => cases;

    /// <summary>The labels that the header lists; empty where the cases have none.</summary>
    public IReadOnlyList<string> Labels => header.Labels;

    public string? ProblemName => header.ProblemName;

    /// <summary>Values of a step, F.</summary>
    public int Dimensions { get; private set; }

    /// <exception cref="DataException">The file cannot be read, is malformed, or has timestamps or missing values.</exception>
    public static TimeSeriesFile Read(string path)
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return Read(lines);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static TimeSeriesFile Read(TextLines lines)
    {
        TimeSeriesFile file = new(lines);
        file.Dimensions = file.header.Dimensions ?? 0;
        while (lines.Next() is { } raw)
        {
            string line = raw.Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                file.ReadCase(line);
            }
        }

        return file.cases.Count > 0 ? file : throw lines.Refuse(lines.Number, "found no case after @data, expected one per line; check that the file is complete");
    }

    private void ReadCase(string line)
    {
        string[] parts = line.Split(':', StringSplitOptions.TrimEntries);
        string? label = Labels.Count > 0 ? Label(parts[^1]) : null;
        string[] series = label is null ? parts : parts[..^1];
        Dimensions = Dimensions == 0 ? series.Length : Dimensions;
        if (series.Length != Dimensions || Dimensions == 0)
        {
            throw Refuse(
                $"{series.Length} dimensions{(label is null ? "" : " before the label")}, expected {Math.Max(1, Dimensions)}",
                "separate dimensions by ':' and correct the case or @dimensions");
        }

        string[][] fields = [.. series.Select(values => values.Split(','))];
        int length = fields[0].Length;
        CheckLength(fields, length);
        float[] all = new float[length * Dimensions];
        for (int n = 0; n < all.Length; n++)
        {
            all[n] = Number(fields[n % Dimensions][n / Dimensions], n % Dimensions);
        }

        cases.Add(new(all, length, label));
    }

    private string Label(string field) => Labels.Contains(field) ? field : throw Refuse(
        $"the label {Quote.Name(field)}, expected one that @classLabel lists", "correct the label or list it");

    private void CheckLength(string[][] fields, int length)
    {
        if (fields.FirstOrDefault(f => f.Length != length) is { } other)
        {
            throw Refuse($"dimensions of {length} and {other.Length} steps in one case, expected as many in each", "complete the shorter one");
        }

        int? expected = header.SeriesLength ?? (header.EqualLength && cases.Count > 0 ? cases[0].Length : null);
        if ((header.EqualLength || header.SeriesLength is not null) && expected is { } steps && steps != length)
        {
            throw Refuse($"{length} steps, expected {steps} as @equalLength or @seriesLength says", "correct the case, or write @equalLength false");
        }
    }

    private float Number(string field, int dimension)
    {
        if (field.Trim() == "?")
        {
            throw Refuse($"the missing value '?' in dimension {dimension + 1}, expected a number", "fill it in or remove the case");
        }

        string? fault = CsvNumber.Fault(field, out double value);
        return fault is not null ? throw lines.Refuse(lines.Number, $"dimension {dimension + 1}: {fault}")
            : float.IsFinite((float)value) ? (float)value
            : throw Refuse($"{Quote.Name(field)} in dimension {dimension + 1}, expected a number within the range of a float", "use a larger unit");
    }

    private DataException Refuse(string found, string step) => lines.Refuse(lines.Number, $"found {found}; {step}");
}
