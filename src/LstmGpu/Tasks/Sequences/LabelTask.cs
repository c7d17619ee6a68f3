using System.Globalization;
using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Tasks.Metrics;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Learns the label of every sequence (<c>classify</c>) or of every token (<c>tag</c>) from whole sequences in batches of similar length.</summary>
internal sealed class LabelTask : TrainingTask
{
    public const string Classify = "classify";
    public const string Tag = "tag";

    private readonly RunOptions options;
    private readonly SequenceCoding coding;
    private readonly SequenceSet training, heldOut;
    private readonly float[]? classWeights;
    private readonly string path, sha256;

    private LabelTask(RunOptions options, SequenceCoding coding, SequenceSet training, SequenceSet heldOut)
    {
        (this.options, this.coding, this.training, this.heldOut) = (options, coding, training, heldOut);
        path = options.Data.Path!;
        sha256 = SequenceData.Hash(LabelledData.Files(options));
        classWeights = options.Task.ClassWeights == "balanced" ? LabelCounts.Balanced(training, coding.Labels.Count) : null;
        int longest = LongestSequence;
        if ((long)longest * options.Training.Batch > int.MaxValue)
        {
            throw new ConfigurationException($"--batch {options.Training.Batch} times the longest sequence, {longest} steps, exceeds {int.MaxValue} rows; use a smaller batch or --max-length");
        }
        BatchesPerEpoch = new BucketedBatches(training.Lengths, options.Training.Batch, options.Training.Seed).BatchesPerEpoch;
    }

    /// <inheritdoc cref="TaskCatalog.Open"/>
    public static LabelTask Open(RunOptions options, RunDirectory? run)
    {
        LabelSettings.Check(options);
        LabelledData data = LabelledData.Read(options);
        RunOptions resolved = LabelSettings.Resolve(options, data, isContinued: run is not null);
        // The vocabularies follow from the data; a run that is continued has written them already.
        SequenceCoding coding = run is null
            ? SequenceCoding.Make(resolved, data.All, data.Training, resolved.Data.Tokens)
            : SequenceCoding.Load(run, resolved, data.All.FeatureCount);
        SequenceSet all = coding.Encode(data.All);
        SequenceSet heldOut = data.Other is { } other ? coding.Encode(other) : all.Subset(data.HeldOut);
        return new LabelTask(resolved, coding, all.Subset(data.Training), heldOut);
    }

    public override string DataPath => path;

    public override string DataSha256 => sha256;

    public override bool HasHeldOut => heldOut.Count > 0;

    public override long BatchesPerEpoch { get; }

    public override string MemorySetting => "--max-length";

    public override int LargestUsefulBatch => Math.Min(training.Count, int.MaxValue / LongestSequence);

    public override Objective Objective => new("accuracy", HigherIsBetter: true);

    public override IReadOnlyList<Metric> Derived(double loss) => [];

    public override IReadOnlyList<DataRow> Sizes =>
    [
        new("labels", coding.Labels.Count),
        coding.FeatureCount > 0 ? new("features", coding.FeatureCount) : new("vocabulary", coding.TokenCount),
        new("training sequences", training.Count),
        new("held-out sequences", heldOut.Count),
        new("training steps", training.Lengths.Sum(length => (long)length)),
        new("longest sequence", LongestSequence),
        new("batches per epoch", BatchesPerEpoch),
    ];

    public override string Summary
    {
        get
        {
            double padded = new BucketedBatches(training.Lengths, options.Training.Batch, options.Training.Seed).Padding(0).Padded;
            string input = coding.FeatureCount > 0 ? $"{coding.FeatureCount} features a step" : $"{coding.TokenCount.ToString("N0", CultureInfo.InvariantCulture)} {coding.Unit} and unknown";
            return FormattableString.Invariant(
                $"data {training.Count:N0} training and {heldOut.Count:N0} held-out sequences of up to {LongestSequence:N0} steps, {coding.Labels.Count:N0} labels, {input}; {100 * padded:F1} % padding");
        }
    }

    public override object Record => new DataRecord(path, sha256, training.Count, heldOut.Count, coding.Labels.Count, coding.TokenCount, coding.FeatureCount, LongestSequence);

    private int LongestSequence => training.Lengths.Concat(heldOut.Lengths).Max();

    public override RunOptions Resolve(RunOptions options) => this.options;

    public override ITrainable Plan(IBackend backend, int batch) => Model(backend, batch, Loss());

    public override ITaskNetwork Open(IBackend backend)
    {
        LabelLoss loss = Loss();
        return new LabelNetwork(backend, Model(backend, options.Training.Batch, loss), loss, training, heldOut, EntitiesOf(options, coding), options.Training);
    }

    public override void WriteFiles(RunDirectory directory) => coding.Write(directory);

    public override void RequireFit(string checkpoint) => CheckpointSizes.Require(checkpoint, options.Model, coding.Labels.Count, "labels", "labels.json");

    public override void Dispose()
    {
    }

    /// <summary>The shape of the network for sequences of up to so many steps.</summary>
    public static SequenceShape Shape(RunOptions options, SequenceCoding coding, int steps, int batch) =>
        new(steps, batch, coding.TokenCount, coding.FeatureCount, coding.Labels.Count, options.Task.Name == Tag ? null : Enum.Parse<Pooling>(options.Model.Pooling, ignoreCase: true));

    /// <summary>How the labels of tokens mark entities; null: they mark none, or a label is of a whole sequence.</summary>
    public static EntityLabels? EntitiesOf(RunOptions options, SequenceCoding coding) =>
        options.Task.Name == Tag ? EntityLabels.Of([.. Enumerable.Range(0, coding.Labels.Count).Select(id => coding.Labels[id])]) : null;

    private SequenceModel Model(IBackend backend, int batch, LabelLoss loss) =>
        new(backend, options.Model, Shape(options, coding, LongestSequence, batch), loss, training: true);

    private LabelLoss Loss() => new(options.Task.LabelSmoothing, classWeights);

    private sealed record DataRecord(string Path, string Sha256, int Training, int HeldOut, int Labels, int Vocabulary, int Features, int LongestSequence);
}
