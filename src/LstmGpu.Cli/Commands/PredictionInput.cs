using LstmGpu.Cli.Reporting;
using LstmGpu.Data;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>What a prediction is asked for: sequences without labels. One of <see cref="Data"/> and <see cref="Sequences"/> is set.</summary>
internal sealed record PredictionInput
{
    /// <summary>The name of stdin.</summary>
    public const string StandardInput = "-";

    public SequenceData? Data { get; private init; }

    /// <summary>What stands for each sequence of <see cref="Data"/>: its text, or its number.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>Tokens of each sequence, for a tagger.</summary>
    public IReadOnlyList<string[]>? Sequences { get; private init; }

    /// <param name="path">A file, or <c>-</c> for stdin.</param>
    /// <exception cref="DataException">The input cannot be read, or has an empty line.</exception>
    public static PredictionInput Read(string path, TrainedLabeller model)
    {
        bool isStream = path == StandardInput;
        if (!isStream && SequenceData.IsSeries(path))
        {
            return Named(SequenceData.OfSeries(path, TimeSeriesFile.Read(path), labelled: false));
        }
        using TextLines lines = Lines(path);
        if (model.IsTagger)
        {
            return new() { Sequences = [.. Lines(lines).Select(line => line.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))] };
        }
        bool isTable = !isStream && SequenceData.IsTable(path);
        if (!isTable && isStream && !model.ReadsText && model.Options.Data.FeatureColumns is null)
        {
            return Named(SequenceData.OfSeries(lines.Name, TimeSeriesFile.Read(lines), labelled: false));
        }
        if (isTable || !model.ReadsText)
        {
            char separator = path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
            return Named(SequenceTable.Read(lines, model.Options.Data, labelled: false, separator));
        }
        return Named(new SequenceData(lines.Name, [.. Lines(lines).Select(line => new SequenceExample(0, line.Number) { Text = line.Text })], [], 0));
    }

    /// <summary>The lines of a file, or of stdin where the path is <c>-</c>.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static TextLines Lines(string path) => path == StandardInput ? new(Console.OpenStandardInput(), "stdin") : TextLines.Open(path, "input");

    private static PredictionInput Named(SequenceData data) =>
        new() { Data = data, Names = [.. data.Examples.Select((example, n) => example.Text ?? Figures.Plain(n + 1))] };

    private static IEnumerable<(string Text, long Number)> Lines(TextLines lines)
    {
        while (lines.Next() is { } line)
        {
            string text = TextLines.WithoutReturn(line);
            if (string.IsNullOrWhiteSpace(text))
            {
                throw lines.Refuse(lines.Number, "found an empty line, expected one sequence a line; remove it");
            }
            yield return (text, lines.Number);
        }
    }
}
