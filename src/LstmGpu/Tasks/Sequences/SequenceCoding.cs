using LstmGpu.Data;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Makes ids of sequences and their labels: with the parameters, all that a prediction needs.</summary>
/// <param name="unit">What a token of a text is; null: the steps are features.</param>
/// <param name="tokens">null: the steps are features.</param>
/// <param name="featureCount">F; 0: the steps are tokens.</param>
/// <param name="maxLength">Steps after which a sequence is cut.</param>
/// <param name="scaler">Of the features; null: they are read as they are.</param>
internal sealed class SequenceCoding(string? unit, TokenVocabulary? tokens, LabelVocabulary labels, int featureCount, int? maxLength, ColumnScaler? scaler)
{
    public const int DefaultMinCount = 2;

    public LabelVocabulary Labels => labels;

    public int FeatureCount => featureCount;

    /// <summary>Token ids are below this; 0: the steps are features.</summary>
    public int TokenCount => tokens?.Count ?? 0;

    public string? Unit => unit;

    /// <summary>Makes the vocabularies: of tokens from the training part alone, of labels from all examples. Scaling is fitted on the training part too.</summary>
    /// <exception cref="DataException">Fewer than two labels, or no token that occurs often enough.</exception>
    public static SequenceCoding Make(RunOptions options, SequenceData data, IEnumerable<int> training, string? unit)
    {
        LabelVocabulary labels = LabelVocabulary.FromLabels(data.Labels.Count > 0 ? data.Labels : data.Examples.SelectMany(LabelsOf), data.Path);
        if (unit is null)
        {
            return new(null, null, labels, data.FeatureCount, options.Data.MaxLength, FeatureScaling.Fit(options, data, training));
        }
        int least = options.Data.MinCount ?? DefaultMinCount;
        TokenVocabulary tokens = TokenVocabulary.FromTraining(training.SelectMany(place => TokensOf(data.Examples[place], unit)), least);
        return tokens.Count > 1 ? new(unit, tokens, labels, 0, options.Data.MaxLength, scaler: null) : throw new DataException(
            $"'{data.Path}': no token occurs {least} times or more in the training part, expected some; use --min-count 1");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="inputWidth">Of the first layer.</param>
    /// <exception cref="DataException">A file is missing or malformed.</exception>
    public static SequenceCoding Load(RunDirectory run, RunOptions options, int inputWidth) => options.Data.Tokens is { } unit
        ? new(unit, run.ReadTokens(), run.ReadLabels(), 0, options.Data.MaxLength, scaler: null)
        : new(null, null, run.ReadLabels(), inputWidth, options.Data.MaxLength, FeatureScaling.IsOn(options) ? run.ReadScaler() : null);

    /// <exception cref="DataException">The file system refused.</exception>
    public void Write(RunDirectory run)
    {
        run.WriteLabels(labels);
        if (tokens is not null)
        {
            run.WriteTokens(tokens);
        }
        if (scaler is not null)
        {
            run.WriteScaler(scaler);
        }
    }

    /// <summary>The token of an id; only of a coding of tokens.</summary>
    public string Symbol(int id) => tokens!.Symbol(id);

    /// <summary>The tokens of an example, cut as the model reads them.</summary>
    public string[] Tokens(SequenceExample example) => [.. TokensOf(example, unit!).Take(maxLength ?? int.MaxValue)];

    /// <summary>Ids of a text task; an example without a label has none that counts.</summary>
    /// <exception cref="DataException">A label that is none of the training's, other features than the model reads, or an empty sequence.</exception>
    public SequenceSet Encode(SequenceData data)
    {
        if (data.FeatureCount != featureCount)
        {
            throw new DataException($"'{data.Path}' has {Steps(data.FeatureCount)}, expected {Steps(featureCount)} as in training; use data of the same form");
        }
        int[] wanted = [.. data.Examples.Select(example => example.Label is { } label ? labels.Require(label, Place(data, example)) : LabelLoss.Ignored)];
        if (featureCount > 0)
        {
            float[][] features = [.. data.Examples.Select(example => FeatureScaling.Cut(example.Features!, featureCount, maxLength))];
            return SequenceSet.OfFeatures(scaler is null ? features : FeatureScaling.Apply(scaler, data, features), featureCount, wanted);
        }
        int[][] ids = [.. data.Examples.Select(example => Ids(data, example))];
        return data.Examples.Any(example => example.TokenLabels is not null)
            ? SequenceSet.OfTaggedTokens(ids, [.. data.Examples.Zip(ids, (example, row) => TokenLabels(data, example, row.Length))])
            : SequenceSet.OfTokens(ids, wanted);
    }

    private static IEnumerable<string> LabelsOf(SequenceExample example) => example.TokenLabels ?? (example.Label is { } label ? [label] : []);

    private static IEnumerable<string> TokensOf(SequenceExample example, string unit) => example.Tokens ?? TextTokens.Of(example.Text!, unit);

    private static string Steps(int features) => features == 0 ? "text" : $"{features} features a step";

    public static string Place(SequenceData data, SequenceExample example) => example.Line > 0 ? $"'{data.Path}', line {example.Line}" : $"'{data.Path}'";

    private int[] Ids(SequenceData data, SequenceExample example)
    {
        int[] ids = tokens!.Encode(Tokens(example));
        return ids.Length > 0 ? ids : throw new DataException($"{Place(data, example)}: found an empty sequence, expected at least one token; remove it");
    }

    private int[] TokenLabels(SequenceData data, SequenceExample example, int length) =>
        [.. example.TokenLabels!.Take(length).Select((label, n) => labels.Require(label, $"'{data.Path}', line {example.Line + n}"))];
}
