using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Language;

/// <summary>Predicts the next character of a text: truncated backpropagation through time over contiguous streams.</summary>
internal sealed class CharacterTask : TrainingTask
{
    private readonly RunOptions options;
    private readonly TextCorpus corpus;
    private readonly CorpusSplit split;
    private readonly StreamWindows windows;

    private CharacterTask(RunOptions options, TextCorpus corpus)
    {
        (this.options, this.corpus) = (options, corpus);
        (int batch, int bptt) = (options.Training.Batch, options.Training.Bptt);
        if ((long)batch * bptt > int.MaxValue)
        {
            throw new ConfigurationException($"--batch {batch} times --bptt {bptt} exceeds {int.MaxValue} rows; use smaller windows");
        }
        split = CorpusSplit.Of(corpus.Length, options.Data.ValidationFraction);
        windows = new StreamWindows(corpus, 0, split.Training, batch, bptt);
        if (HasHeldOut && split.Validation / batch < 2)
        {
            throw new DataException(
                $"the held-out part of '{corpus.Path}' has {split.Validation} characters, at least {2 * batch} are needed for {batch} streams; "
                + "use a smaller --batch, or --validation-fraction 0");
        }
    }

    /// <inheritdoc cref="TaskCatalog.Open"/>
    public static CharacterTask Open(RunOptions options, RunDirectory? run)
    {
        string path = Path.GetFullPath(options.Data.Path ?? BundledCorpus.Path());
        Vocabulary? vocabulary = run is not null ? run.ReadVocabulary() : options.Data.Vocabulary is { } file ? Vocabulary.Load(file) : null;
        TextCorpus corpus = TextCorpus.Open(path, vocabulary);
        try
        {
            return new CharacterTask(options, corpus);
        }
        catch
        {
            corpus.Dispose();
            throw;
        }
    }

    public override string DataPath => corpus.Path;

    public override string DataSha256 => corpus.Sha256;

    public override bool HasHeldOut => split.Validation > 0;

    public override long BatchesPerEpoch => windows.WindowsPerEpoch;

    // A batch of more streams than the text has windows for is of no use.
    public override int LargestUsefulBatch
    {
        get
        {
            long streams = split.Training / (options.Training.Bptt + 1);
            long heldOut = HasHeldOut ? split.Validation / 2 : long.MaxValue;
            return (int)Math.Min(int.MaxValue / options.Training.Bptt, Math.Min(streams, heldOut));
        }
    }

    public override Objective Objective => Objective.LowestLoss;

    public override IReadOnlyList<Metric> Derived(double loss) => CrossEntropy.PerCharacter(loss);

    public override IReadOnlyList<DataRow> Sizes =>
    [
        new("vocabulary", corpus.Vocabulary.Count),
        new("training tokens", split.Training),
        new("validation tokens", split.Validation),
        new("windows per epoch", windows.WindowsPerEpoch),
    ];

    public override string Summary => FormattableString.Invariant(
        $"text {split.Training:N0} training and {split.Validation:N0} validation tokens, {corpus.Vocabulary.Count:N0} symbols");

    public override object Record => new CorpusRecord(corpus.Path, corpus.Bytes, corpus.Length, corpus.Sha256, corpus.Vocabulary.Count);

    public override RunOptions Resolve(RunOptions options) => options with
    {
        Data = options.Data with
        {
            Path = options.Data.Path is null ? null : corpus.Path,
            Vocabulary = options.Data.Vocabulary is { } file ? Path.GetFullPath(file) : null,
        },
    };

    public override ITrainable Plan(IBackend backend, int batch) => Model(backend, batch);

    public override ITaskNetwork Open(IBackend backend) => new LanguageNetwork(backend, Model(backend, options.Training.Batch), windows, corpus, split);

    public override void WriteFiles(RunDirectory directory) => directory.WriteVocabulary(corpus.Vocabulary);

    public override void RequireFit(string checkpoint)
    {
        CheckpointSizes.Require(checkpoint, options.Model, corpus.Vocabulary.Count);
        CheckpointSizes.RequireBatch(checkpoint, options.Training.Batch);
    }

    public override void Dispose() => corpus.Dispose();

    private LanguageModel Model(IBackend backend, int batch) => new(backend, options.Model, corpus.Vocabulary.Count, options.Training.Bptt, batch, training: true);

    private sealed record CorpusRecord(string Path, long Bytes, long Characters, string Sha256, int Vocabulary);
}
