using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Layers;
using LstmGpu.Reporting;
using LstmGpu.Tasks.Language;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>A model loaded from a run directory for evaluation and generation.</summary>
public sealed class TrainedModel : IDisposable
{
    // So many lines are sorted by length together.
    private const int LinesAtOnce = 4096;

    private readonly LoadedRun run;
    private readonly ITokenizer tokenizer;

    private TrainedModel(LoadedRun run, ITokenizer tokenizer) => (this.run, this.tokenizer) = (run, tokenizer);

    public RunOptions Options => run.Options;

    /// <summary>The optimizer step the weights come from.</summary>
    public long Step => run.State.Step;

    public DeviceDescription Device => run.Backend.Device;

    /// <summary>What the model predicts: <c>characters</c>, or <c>tokens</c> of another kind.</summary>
    public string Unit => tokenizer is Vocabulary ? "characters" : "tokens";

    /// <param name="directory">A run directory.</param>
    /// <param name="checkpoint"><c>best</c> (falls back to last where there was no evaluation), <c>last</c> or <c>step-N</c>.</param>
    /// <param name="device">Name and threads.</param>
    /// <exception cref="DataException">No such checkpoint, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">config.json asks for another architecture.</exception>
    /// <exception cref="DeviceException">The device cannot run.</exception>
    public static TrainedModel Load(string directory, string checkpoint, DeviceOptions device)
    {
        LoadedRun run = LoadedRun.Open(directory, checkpoint, device);
        try
        {
            run.RequireTask(LanguageTask.Characters, LanguageTask.Words);
            ITokenizer tokenizer = LanguageSource.ReadTokenizer(run.Directory, run.Options.Task.Name);
            CheckpointSizes.Require(run.Checkpoint, run.Options.Model, tokenizer.Count);
            return new TrainedModel(run, tokenizer);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Evaluates on a text, or, when <paramref name="dataPath"/> is null, on the held-out part of the run's own text.</summary>
    /// <exception cref="DataException">The text cannot be used, holds a character that the vocabulary lacks, or nothing was held out.</exception>
    public EvaluationResult Evaluate(string? dataPath = null, CancellationToken cancel = default)
    {
        string path = Path.GetFullPath(dataPath ?? Options.Data.Path ?? BundledCorpus.Path());
        using ITokenSource corpus = LanguageSource.Open(path, tokenizer);
        if (dataPath is null && corpus.Sha256 != run.State.CorpusSha256)
        {
            throw new DataException($"'{path}' has changed since the training, so what was held out of it is not known; give --data '{path}' to evaluate on all of it");
        }
        CorpusSplit split = dataPath is null ? CorpusSplit.Of(corpus.Length, Options.Data.ValidationFraction) : new CorpusSplit(0, corpus.Length);
        if (split.Validation < 2)
        {
            throw new DataException(dataPath is null
                ? $"the run held nothing of '{path}' out; give --data FILE"
                : $"'{path}' has {corpus.Length} {corpus.Unit}, at least 2 are needed");
        }
        int batch = (int)Math.Min(Options.Training.Batch, split.Validation / 2);
        using LanguageModel model = Model(Options.Training.Bptt, batch);
        var evaluator = new LanguageEvaluator(run.Backend, model, corpus, split.Training, split.Validation);
        AgreementScore? agreement = corpus is TextCorpus text ? AgreementScore.For(text, split.Training, split.Validation, batch) : null;
        Action<long, int, int[]>? predicted = agreement is null ? null : agreement.Add;
        LanguageScore score = evaluator.Run(predicted, cancel);
        return new(path, score.Tokens, score.Loss, agreement?.Rows() ?? [])
        {
            BitsPerCharacter = score.BitsPerCharacter,
            Unknown = tokenizer.Unknown >= 0 ? score.Unknown : null,
            BigramLoss = RunBaseline.Loss(run, tokenizer, corpus, split, batch, cancel),
        };
    }

    /// <summary>
    /// What each drawn token adds to the text, one by one, and at the end what is left of a character that comes in parts. The prime is read first and is
    /// not repeated in the output. The token for unknown words is never drawn.
    /// </summary>
    /// <param name="length">Tokens to draw.</param>
    /// <exception cref="DataException">The prime holds something that the vocabulary lacks.</exception>
    /// <exception cref="ConfigurationException">A length or sampling option out of its range.</exception>
    public IEnumerable<string> Generate(string prime, int length, SamplingOptions sampling, CancellationToken cancel = default)
    {
        if (length < 0)
        {
            throw new ConfigurationException($"--length is {length}, expected 0 or more");
        }
        return Write(Start(prime), length, new Sampler(sampling, tokenizer.Count), cancel);
    }

    /// <summary>As <see cref="Generate"/> without a prime, with the token of each part of the text; −1 for what is left at the end.</summary>
    /// <param name="checkpoint">Path of another checkpoint of the run, whose weights are taken; null: those that were loaded.</param>
    internal IEnumerable<(int Token, string Text)> Sample(int length, string? checkpoint = null, CancellationToken cancel = default)
    {
        using LanguageModel model = run.Load(Plan(steps: 1, batch: 1), checkpoint ?? run.Checkpoint);
        foreach ((int Token, string Text) part in Draw(model, Start(""), length, new Sampler(new SamplingOptions(), tokenizer.Count), cancel))
        {
            yield return part;
        }
    }

    /// <summary>What the report keeps of a text that this model wrote: its most frequent tokens, and gates along its beginning.</summary>
    internal KeptInspection Inspect(IReadOnlyList<int> tokens)
    {
        int[] first = [.. tokens.Take(KeptGates.MostTokens)];
        return new(Step, KeptInspection.MostOf(tokens.Select(tokenizer.Symbol)), first.Length == 0 ? null : Gates(first));
    }

    /// <summary>Gates and cell of an LSTM layer while it reads a text from the zero state.</summary>
    /// <exception cref="ConfigurationException">Another cell than an LSTM, a layer or unit that the model lacks, or a text that is empty or too long.</exception>
    /// <exception cref="DataException">The text holds a character that the vocabulary lacks.</exception>
    public GateTrace Gates(string text, GateTraceOptions options)
    {
        if (Options.Model.Cell != "lstm")
        {
            throw new ConfigurationException($"the model's cell is '{Options.Model.Cell}', expected lstm: only an LSTM has these gates; use a run that was trained with --cell lstm");
        }
        options.RequireFit(Options.Model);
        int[] ids = tokenizer.Encode(text);
        if (ids.Length is 0 or > GateTraceOptions.LongestText)
        {
            throw new ConfigurationException($"the text has {ids.Length} {Unit}, expected 1 to {GateTraceOptions.LongestText}; give another --text");
        }
        return Trace(ids, options);
    }

    /// <summary>How probable the model finds each token of a text that follows a line break, each after those before it, from the zero state.</summary>
    /// <exception cref="DataException">The text holds something that the vocabulary lacks.</exception>
    public IReadOnlyList<TokenScore> Score(string text, CancellationToken cancel = default)
    {
        int[] ids = tokenizer.Encode(text);
        using LanguageModel model = Model(steps: 1, batch: 1);
        float[] logits = new float[tokenizer.Count];
        Next(model, Math.Max(0, LineBreak), logits);
        List<TokenScore> scores = [];
        foreach (int id in ids)
        {
            cancel.ThrowIfCancellationRequested();
            scores.Add(new(tokenizer.Symbol(id), LineScorer.Loss(logits, id)));
            Next(model, id, logits);
        }
        return scores;
    }

    /// <summary>How probable the model finds each line of a text, each line for itself. Lines are read as they are needed.</summary>
    /// <param name="lines">Without their line breaks.</param>
    /// <param name="prime">Lines that the model reads before each of them; empty: it reads a line break alone.</param>
    /// <param name="name">What messages call the text.</param>
    /// <exception cref="DataException">The vocabulary has no line break, or a line or the prime holds something that it lacks.</exception>
    public IEnumerable<LineScore> ScoreLines(IEnumerable<string> lines, string prime = "", string name = "text", CancellationToken cancel = default)
    {
        if (LineBreak < 0)
        {
            throw new DataException($"the vocabulary of '{run.Directory.Path}' has no line break, so the model does not know where a line begins; expected a model of text in lines");
        }
        int[] before = prime.Length == 0 ? [LineBreak] : [LineBreak, .. tokenizer.Encode(prime.TrimEnd('\n') + "\n")];
        return Scored(lines, before, name, cancel);
    }

    /// <summary>Evaluates on the lines of a text, each line for itself.</summary>
    /// <param name="prime">Lines that the model reads before each of them; empty: it reads a line break alone.</param>
    /// <param name="below">Lines that have a token less probable than this are counted.</param>
    /// <exception cref="DataException">The text cannot be read, has no lines or something that the vocabulary lacks, or the vocabulary has no line break.</exception>
    public LineEvaluation EvaluateLines(string path, string prime = "", double below = 0.001, CancellationToken cancel = default)
    {
        using TextLines lines = TextLines.Open(path, "data file");
        return LineEvaluation.Of(Path.GetFullPath(path), ScoreLines(lines.All(), prime, path, cancel), below);
    }

    public void Dispose() => run.Dispose();

    private GateTrace Trace(int[] ids, GateTraceOptions options) => Read(ids, stack =>
    {
        (DeviceSlice<float> gates, DeviceSlice<float> cells) = stack.Trace(options.Layer, ids.Length);
        return GateTrace.Of([.. ids.Select(tokenizer.Symbol)], Step, Values(gates), Values(cells), options);
    });

    // Of the first layer, as lstmgpu inspect gates shows it unless it is told otherwise.
    private KeptGates? Gates(int[] ids)
    {
        IReadOnlyList<GateMapUnit>? units = ModelStack.CellOf(Options.Model.Cell) switch
        {
            CellKind.Lstm => GateMaps.OfLstm(Trace(ids, new GateTraceOptions(Count: KeptGates.Count))),
            CellKind.Gru or CellKind.GruResetBefore => Read(ids, stack =>
                GateMaps.OfGru(Values(stack.Trace(0, ids.Length).Gates), Values(stack.LayerOutput(0, ids.Length)), ids.Length, KeptGates.Count)),
            _ => null,
        };
        return units is null ? null : new(Options.Model.Cell, Layer: 0, [.. ids.Select(tokenizer.Symbol)], units);
    }

    // After these tokens were read from the zero state.
    private T Read<T>(int[] ids, Func<RecurrentStack, T> look)
    {
        using LanguageModel model = Model(steps: ids.Length, batch: 1);
        model.Stack.ResetState();
        model.SetWindow(ids, ids);
        model.Forward(ids.Length, mask: null);
        return look(model.Stack);
    }

    private float[] Values(DeviceSlice<float> slice)
    {
        float[] values = new float[slice.Length];
        run.Backend.Download(slice, values);
        return values;
    }

    // Without a prime the text begins as after a line break, where the vocabulary has one.
    private int[] Start(string prime) => prime.Length > 0 ? tokenizer.Encode(prime) : [Math.Max(0, LineBreak)];

    // The token of a line feed, or −1.
    private int LineBreak => Enumerable.Range(0, tokenizer.Count).Where(id => tokenizer.Bytes(id).SequenceEqual("\n"u8)).DefaultIfEmpty(-1).First();

    private IEnumerable<LineScore> Scored(IEnumerable<string> lines, int[] prime, string name, CancellationToken cancel)
    {
        using LanguageModel model = Model(Options.Training.Bptt, Options.Training.Batch);
        LineScorer scorer = new(run.Backend, model, prime);
        long done = 0;
        foreach (string[] texts in lines.Chunk(LinesAtOnce))
        {
            int[][] ids = [.. texts.Select((text, n) => Encode(text, name, done + n + 1))];
            double[][] losses = scorer.Losses(ids, cancel);
            for (int n = 0; n < texts.Length; n++)
            {
                yield return new LineScore(texts[n], [.. ids[n].Append(prime[^1]).Zip(losses[n], (id, loss) => new TokenScore(tokenizer.Symbol(id), loss))]);
            }
            done += texts.Length;
        }
    }

    private int[] Encode(string line, string name, long number)
    {
        try
        {
            return tokenizer.Encode(line);
        }
        catch (DataException unusable)
        {
            throw new DataException($"{Quote.Name(name)}, line {number}: {unusable.Message}", unusable);
        }
    }

    private IEnumerable<string> Write(int[] start, int length, Sampler sampler, CancellationToken cancel)
    {
        using LanguageModel model = Model(steps: 1, batch: 1);
        foreach ((_, string text) in Draw(model, start, length, sampler, cancel))
        {
            yield return text;
        }
    }

    private IEnumerable<(int Token, string Text)> Draw(LanguageModel model, int[] start, int length, Sampler sampler, CancellationToken cancel)
    {
        float[] logits = new float[tokenizer.Count];
        TokenDecoder decoder = new(tokenizer);
        foreach (int id in start)
        {
            Next(model, id, logits);
        }
        for (int n = 0; n < length; n++)
        {
            cancel.ThrowIfCancellationRequested();
            if (tokenizer.Unknown >= 0)
            {
                logits[tokenizer.Unknown] = float.NegativeInfinity;
            }
            int id = sampler.Draw(logits);
            yield return (id, decoder.Next(id));
            Next(model, id, logits);
        }
        if (decoder.End() is { Length: > 0 } rest)
        {
            yield return (-1, rest);
        }
    }

    private void Next(LanguageModel model, int id, float[] logits)
    {
        model.SetWindow([id], [id]);
        run.Backend.Download(model.Forward(steps: 1, mask: null), logits);
        model.Stack.Carry(steps: 1);
    }

    private LanguageModel Model(int steps, int batch) => run.Load(Plan(steps, batch));

    private LanguageModel Plan(int steps, int batch) => new(run.Backend, Options.Model, tokenizer.Count, steps, batch, training: false);
}

/// <summary>Losses in nats per token, and, where the text is the agreement corpus, accuracy of the dependent word by distance.</summary>
/// <param name="Data">The text.</param>
/// <param name="Tokens">Tokens (of a character model: characters) that were predicted.</param>
/// <param name="Loss">Mean cross-entropy in nats per token.</param>
/// <param name="Agreement">Empty where the text is not an agreement corpus.</param>
public sealed record EvaluationResult(string Data, long Tokens, double Loss, IReadOnlyList<AgreementRow> Agreement)
{
    /// <summary>e^loss, of a token.</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>
    /// Bits for each character that the tokens hold. Null where they do not tell the text: one of them stands for a word outside the vocabulary, or the
    /// vocabulary is of lower case.
    /// </summary>
    public double? BitsPerCharacter { get; init; }

    /// <summary>Predicted tokens that stand for something outside the vocabulary; null where the vocabulary has none for that.</summary>
    public long? Unknown { get; init; }

    /// <summary>
    /// Mean cross-entropy of the same tokens under a bigram model (interpolated Kneser-Ney) of the training part of the run's own text; null where that
    /// text is gone or has changed.
    /// </summary>
    public double? BigramLoss { get; init; }
}

/// <summary>Dependent words at a distance of From…To tokens from their cue: right when every character is the model's first choice.</summary>
public sealed record AgreementRow(int From, int To, long Correct, long Total)
{
    /// <summary>Share of right words.</summary>
    public double Accuracy => Total == 0 ? double.NaN : (double)Correct / Total;
}

/// <summary>A token of a text and how probable a model finds it.</summary>
/// <param name="Loss">−ln p in nats.</param>
public readonly record struct TokenScore(string Token, double Loss)
{
    /// <summary>p.</summary>
    public double Probability => Math.Exp(-Loss);
}

/// <summary>How the next token is drawn.</summary>
/// <param name="Temperature">Logits are divided by it; 0 takes the most probable token.</param>
/// <param name="TopK">Only the K most probable; 0: all.</param>
/// <param name="TopP">Only the smallest set whose probability reaches P; 1: all.</param>
/// <param name="Seed">Same seed, same text.</param>
public sealed record SamplingOptions(double Temperature = 1.0, int TopK = 0, double TopP = 1.0, long Seed = 1);
