using LstmGpu.Data;

namespace LstmGpu.Tasks.Sequences;

/// <summary>The data of a run and which of its sequences are held out.</summary>
/// <param name="Other">The file that is held out; null: <paramref name="HeldOut"/> are places in <paramref name="All"/>.</param>
internal sealed record LabelledData(SequenceData All, int[] Training, int[] HeldOut, SequenceData? Other)
{
    /// <exception cref="DataException">The data cannot be used.</exception>
    /// <exception cref="ConfigurationException">A hold-out that is not known, or settings that do not fit the form of the data.</exception>
    public static LabelledData Read(RunOptions options)
    {
        SequenceData all = ReadFile(options, Path.GetFullPath(options.Data.Path!));
        if (LabelSettings.HoldOutOf(options) is not { } text)
        {
            return new(all, [.. Enumerable.Range(0, all.Examples.Count)], [], null);
        }
        HoldOut holdOut = HoldOut.Parse(text);
        (int[] training, int[] heldOut) = holdOut.Split([.. all.Examples.Select(example => example.Group)], options.Training.Seed, all.Path);
        return new(all, training, heldOut, holdOut.File is { } file ? ReadFile(options, Path.GetFullPath(file)) : null);
    }

    /// <summary>What <see cref="TrainingTask.DataSha256"/> is of.</summary>
    public static IEnumerable<string> Files(RunOptions options) =>
        LabelSettings.HoldOutOf(options) is { } text && HoldOut.Parse(text).File is { } file ? [options.Data.Path!, file] : [options.Data.Path!];

    /// <summary>A file or folder in the form of the task.</summary>
    public static SequenceData ReadFile(RunOptions options, string path) =>
        options.Task.Name == LabelTask.Tag ? SequenceData.ReadTagged(path) : SequenceData.Read(path, options.Data, labelled: true);
}
