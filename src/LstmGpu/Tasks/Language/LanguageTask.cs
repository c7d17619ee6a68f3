using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Data.Vectors;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Training;

namespace LstmGpu.Tasks.Language;

/// <summary>Predicts the next character, word or byte pair of a text: truncated backpropagation through time over contiguous streams.</summary>
internal sealed class LanguageTask : TrainingTask
{
    /// <summary>Names in <c>task.name</c>.</summary>
    public const string Characters = "char-lm", Words = "word-lm";

    private readonly RunOptions options;
    private readonly ITokenSource source;
    private readonly CorpusSplit split;
    private readonly StreamWindows windows;
    private readonly PretrainedEmbedding? pretrained;
    private readonly JsonNode? coverage; // as environment.json has it

    private LanguageTask(RunOptions options, ITokenSource source, RunDirectory? run)
    {
        (this.options, this.source) = (options, source);
        (int batch, int bptt) = (options.Training.Batch, options.Training.Bptt);
        if ((long)batch * bptt > int.MaxValue)
        {
            throw new ConfigurationException($"--batch {batch} times --bptt {bptt} exceeds {int.MaxValue} rows; use smaller windows");
        }
        split = CorpusSplit.Of(source.Length, options.Data.ValidationFraction);
        windows = new StreamWindows(source, 0, split.Training, batch, bptt);
        if (HasHeldOut && split.Validation / batch < 2)
        {
            throw new DataException(
                $"the held-out part of '{source.Path}' has {split.Validation} {source.Unit}, at least {2 * batch} are needed for {batch} streams; "
                + "use a smaller --batch, or --validation-fraction 0");
        }
        // A continued run has its vectors in the checkpoint, and needs the file no more.
        pretrained = run is null ? LanguageEmbeddings.Load(options, source.Tokenizer) : null;
        coverage = run is null ? LanguageEmbeddings.Record(pretrained?.Coverage) : run.ReadEnvironment()?["data"]?["embeddings"]?.DeepClone();
    }

    /// <inheritdoc cref="TaskCatalog.Open"/>
    public static LanguageTask Open(RunOptions options, RunDirectory? run)
    {
        ITokenSource source = LanguageSource.Open(options, run);
        try
        {
            return new LanguageTask(options, source, run);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override string DataPath => source.Path;

    public override string DataSha256 => source.Sha256;

    public override bool HasHeldOut => split.Validation > 0;

    public override long BatchesPerEpoch => windows.WindowsPerEpoch;

    // A batch of more streams than the text has windows for is of no use.
    public override string MemorySetting => "--bptt";

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

    public override IReadOnlyList<Metric> Derived(double loss) => source is TextCorpus ? CrossEntropy.PerCharacter(loss) : CrossEntropy.PerToken(loss, null);

    public override IReadOnlyList<DataRow> Sizes =>
    [
        new("vocabulary", source.Tokenizer.Count),
        new("training tokens", split.Training),
        new("validation tokens", split.Validation),
        .. Unknown is { } unknown ? [new DataRow("unknown tokens", unknown)] : Array.Empty<DataRow>(),
        new("windows per epoch", windows.WindowsPerEpoch),
    ];

    public override string Summary
    {
        get
        {
            string text = FormattableString.Invariant($"text {split.Training:N0} training and {split.Validation:N0} validation tokens, {source.Tokenizer.Count:N0} symbols");
            string unknown = Unknown is { } tokens ? FormattableString.Invariant($", {100.0 * tokens / source.Length:0.00} % of the tokens are {WordTokenizer.UnknownSymbol}") : "";
            return text + unknown + LanguageEmbeddings.Describe(pretrained?.Coverage);
        }
    }

    public override object Record => new CorpusRecord(
        source.Path, source.Bytes, source.Characters, source is TokenCorpus ? source.Length : null, Unknown, source.Sha256, source.Tokenizer.Count, coverage?.DeepClone());

    public override RunOptions Resolve(RunOptions options) => options with
    {
        Model = options.Model with { PretrainedEmbeddings = options.Model.PretrainedEmbeddings is { } vectors ? Path.GetFullPath(vectors) : null },
        Data = LanguageSource.Resolve(options.Data, source),
    };

    public override ITrainable Plan(IBackend backend, int batch) => Model(backend, batch);

    public override ITaskNetwork Open(IBackend backend) => new LanguageNetwork(backend, Model(backend, options.Training.Batch), windows, source, split);

    public override void WriteFiles(RunDirectory directory) => directory.WriteTokenizer(source.Tokenizer);

    public override void RequireFit(string checkpoint)
    {
        CheckpointSizes.Require(checkpoint, options.Model, source.Tokenizer.Count);
        CheckpointSizes.RequireBatch(checkpoint, options.Training.Batch);
    }

    public override void Dispose() => source.Dispose();

    // Of a vocabulary that can meet what it does not know.
    private long? Unknown => source is TokenCorpus { Tokenizer.Unknown: >= 0 } tokens ? tokens.Unknown : null;

    private LanguageModel Model(IBackend backend, int batch) => new(backend, options.Model, source.Tokenizer.Count, options.Training.Bptt, batch, training: true)
    {
        Pretrained = pretrained is null ? null : pretrained.Fill,
    };

    private sealed record CorpusRecord(
        string Path,
        long Bytes,
        long Characters,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Tokens,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Unknown,
        string Sha256,
        int Vocabulary,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonNode? Embeddings);
}
