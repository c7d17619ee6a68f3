using System.Globalization;

namespace LstmGpu.Tasks.Sequences;

/// <summary>The settings of the tasks that learn labels: which they refuse beside those of other tasks (<see cref="TaskSettings"/>), and what is filled in.</summary>
internal static class LabelSettings
{
    /// <exception cref="ConfigurationException">No data, or a setting that means nothing here.</exception>
    public static void Check(RunOptions options)
    {
        string task = options.Task.Name;
        if (options.Data.Path is null)
        {
            throw new ConfigurationException($"--task {task} has no bundled data, found no --data; name a file or folder of labelled sequences");
        }
        bool isTag = task == LabelTask.Tag;
        (string Flag, bool IsSet, string Instead)[] refused =
        [
            ("--pooling", isTag && options.Model.Pooling != new ModelOptions().Pooling, "every token has its own label; leave it out"),
            ("--tokens", isTag && options.Data.Tokens is not (null or TextTokens.Words), "the file says what a token is; leave it out"),
            ("--tokens", options.Data.Tokens == "bpe", "byte pairs are of --task word-lm; use characters or words"),
            ("--group-column", options.Data.GroupColumn is not null && options.Data.FeatureColumns is null, "it groups the rows of --feature-columns; name those"),
        ];
        foreach ((string flag, bool isSet, string instead) in refused)
        {
            if (isSet)
            {
                throw new ConfigurationException($"{flag} does not go with --task {task}: {instead}");
            }
        }
    }

    /// <summary>The settings as decided, so that a run of config.json is this run.</summary>
    /// <param name="isContinued">Of a run that was begun: one that says nothing of scaling is from before there was any.</param>
    /// <exception cref="ConfigurationException">Scaling of data that has no numbers.</exception>
    public static RunOptions Resolve(RunOptions options, LabelledData data, bool isContinued)
    {
        bool isFeatures = data.All.FeatureCount > 0;
        if (!isFeatures && options.Data.FeatureScaling is not null)
        {
            throw new ConfigurationException($"--feature-scaling scales numbers, and '{data.All.Path}' holds text; leave it out");
        }
        string unit = options.Task.Name == LabelTask.Tag ? TextTokens.Words : options.Data.Tokens ?? TextTokens.Characters;
        return options with
        {
            Model = options.Model with { Embedding = isFeatures ? 0 : options.Model.Embedding },
            Data = options.Data with
            {
                Path = Path.GetFullPath(options.Data.Path!),
                Tokens = isFeatures ? null : unit,
                MinCount = isFeatures ? null : options.Data.MinCount ?? SequenceCoding.DefaultMinCount,
                FeatureScaling = isFeatures ? options.Data.FeatureScaling ?? (isContinued ? "none" : "standard") : null,
                HoldOut = HoldOutOf(options) is { } held ? Whole(held) : null,
            },
        };
    }

    /// <summary>What is held out: --hold-out, else a drawn share of --validation-fraction; null: nothing.</summary>
    public static string? HoldOutOf(RunOptions options) => options.Data.HoldOut
        ?? (options.Data.ValidationFraction > 0 ? string.Create(CultureInfo.InvariantCulture, $"random:{options.Data.ValidationFraction}") : null);

    private static string Whole(string holdOut) => holdOut.StartsWith("file:", StringComparison.Ordinal) ? "file:" + Path.GetFullPath(holdOut[5..]) : holdOut;
}
