using System.Text.Json.Serialization;
using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Tasks.Metrics;
using LstmGpu.Tasks.Sequences;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>A network of the task <c>classify</c> or <c>tag</c>, loaded from a run directory for evaluation and prediction.</summary>
public sealed class TrainedLabeller : IDisposable
{
    private const int MostRows = 256;

    private readonly LoadedRun run;
    private readonly SequenceCoding coding;

    private TrainedLabeller(LoadedRun run, SequenceCoding coding) => (this.run, this.coding) = (run, coding);

    public RunOptions Options => run.Options;

    /// <summary>The optimizer step the weights come from.</summary>
    public long Step => run.State.Step;

    public DeviceDescription Device => run.Backend.Device;

    /// <summary>The labels in id order.</summary>
    public IReadOnlyList<string> Labels => [.. Enumerable.Range(0, coding.Labels.Count).Select(id => coding.Labels[id])];

    /// <summary>Whether the model reads tokens; else it reads numbers.</summary>
    public bool ReadsText => coding.FeatureCount == 0;

    /// <summary>Whether every token has its own label.</summary>
    public bool IsTagger => Options.Task.Name == LabelTask.Tag;

    /// <param name="directory">A run directory.</param>
    /// <param name="checkpoint"><c>best</c> (falls back to last where there was no evaluation), <c>last</c> or <c>step-N</c>.</param>
    /// <param name="device">Name and threads.</param>
    /// <exception cref="DataException">No such checkpoint, or it is damaged.</exception>
    /// <exception cref="ConfigurationException">The run has another task, or config.json asks for another architecture.</exception>
    /// <exception cref="DeviceException">The device cannot run.</exception>
    public static TrainedLabeller Load(string directory, string checkpoint, DeviceOptions device)
    {
        LoadedRun run = LoadedRun.Open(directory, checkpoint, device);
        try
        {
            run.RequireTask(LabelTask.Classify, LabelTask.Tag);
            SequenceCoding coding = SequenceCoding.Load(run.Directory, run.Options, CheckpointSizes.InputWidth(run.Checkpoint, run.Options.Model));
            CheckpointSizes.Require(run.Checkpoint, run.Options.Model, coding.Labels.Count, "labels", "labels.json");
            return new TrainedLabeller(run, coding);
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Evaluates on labelled data, or, when <paramref name="dataPath"/> is null, on what the run held out.</summary>
    /// <exception cref="DataException">The data cannot be used, has a label that the training had not, or nothing was held out.</exception>
    public LabelEvaluation Evaluate(string? dataPath = null, CancellationToken cancel = default)
    {
        (string path, SequenceSet set) = dataPath is null ? HeldOut() : Read(Path.GetFullPath(dataPath));
        LabelLoss loss = new();
        using SequenceModel model = Model(set, loss);
        (double mean, ConfusionMatrix matrix, ClassScore? entities) = new LabelScorer(run.Backend, model, loss, set, LabelTask.EntitiesOf(Options, coding)).Run(cancel);
        ClassificationScores scores = new(matrix);
        LabelScore[] labels = [.. scores.Classes.Select((score, id) => Score(coding.Labels[id], score))];
        long[][] confusion = [.. Enumerable.Range(0, matrix.Classes).Select(truth => Enumerable.Range(0, matrix.Classes).Select(found => matrix[truth, found]).ToArray())];
        return new(path, set.Count, matrix.Total, mean, scores.Accuracy, Score("macro", scores.Macro), Score("micro", scores.Micro), Score("weighted", scores.Weighted), labels, confusion)
        {
            Entities = entities is { } found ? Score("entities", found) : null,
        };
    }

    /// <summary>What the report keeps beside the evaluation: the most frequent tokens of what the run held out.</summary>
    /// <exception cref="DataException">The data cannot be used, or nothing was held out.</exception>
    internal KeptInspection Inspect()
    {
        SequenceSet set = HeldOut().Set;
        return new(Step, KeptInspection.MostOf(Enumerable.Range(0, set.Count).SelectMany(set.Tokens).Select(coding.Symbol)), null);
    }

    /// <summary>Labels texts, whole (<c>classify</c>).</summary>
    /// <exception cref="DataException">An empty text, or the model reads numbers.</exception>
    public IReadOnlyList<LabelPrediction> Predict(IReadOnlyList<string> texts, CancellationToken cancel = default) =>
        Predict(new SequenceData("input", [.. texts.Select((text, n) => new SequenceExample(0, n + 1) { Text = text })], [], 0), cancel);

    /// <summary>Labels each token of sequences (<c>tag</c>).</summary>
    /// <exception cref="DataException">An empty sequence, or the model reads numbers.</exception>
    public IReadOnlyList<IReadOnlyList<LabelPrediction>> Tag(IReadOnlyList<string[]> sequences, CancellationToken cancel = default)
    {
        Require(Sequences.LabelTask.Tag);
        SequenceData data = new("input", [.. sequences.Select((tokens, n) => new SequenceExample(0, n + 1) { Tokens = tokens })], [], 0);
        return Probabilities(data, cancel);
    }

    internal IReadOnlyList<LabelPrediction> Predict(SequenceData data, CancellationToken cancel)
    {
        Require(LabelTask.Classify);
        return [.. Probabilities(data, cancel).Select(steps => steps[0])];
    }

    public void Dispose() => run.Dispose();

    private static LabelScore Score(string label, ClassScore score) => new(label, score.Precision, score.Recall, score.F1, score.Support);

    private void Require(string task)
    {
        if (Options.Task.Name != task)
        {
            throw new ConfigurationException($"the model was trained for the task {Options.Task.Name}, expected {task}; use a run of that task");
        }
    }

    private (string Path, SequenceSet Set) HeldOut()
    {
        string path = Options.Data.Path!;
        if (LabelSettings.HoldOutOf(Options) is null)
        {
            throw new DataException($"the run held nothing of '{path}' out; give --data");
        }
        if (SequenceData.Hash(LabelledData.Files(Options)) != run.State.CorpusSha256)
        {
            throw new DataException($"'{path}' has changed since the training, so what was held out of it is not known; give --data '{path}' to evaluate on all of it");
        }
        LabelledData data = LabelledData.Read(Options);
        return data.Other is { } other ? (other.Path, coding.Encode(other)) : (path, coding.Encode(data.All).Subset(data.HeldOut));
    }

    private (string, SequenceSet) Read(string path) => (path, coding.Encode(LabelledData.ReadFile(Options, path)));

    private LabelPrediction[][] Probabilities(SequenceData data, CancellationToken cancel)
    {
        SequenceSet set = coding.Encode(data);
        LabelPrediction[][] found = new LabelPrediction[set.Count][];
        if (set.Count == 0)
        {
            return found;
        }
        LabelLoss loss = new();
        using SequenceModel model = Model(set, loss);
        SequenceBatch batch = new(model, loss, set);
        BucketedBatches order = new(set.Lengths, model.Shape.Batch, seed: null);
        for (int n = 0; n < order.BatchesPerEpoch; n++)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> examples = order.Batch(n);
            batch.Load(examples);
            DeviceSlice<float> outputs = model.Forward(mask: null);
            float[] logits = new float[outputs.Length];
            run.Backend.Download(outputs, logits);
            for (int b = 0; b < examples.Length; b++)
            {
                int steps = IsTagger ? set.Lengths[examples[b]] : 1, row = b;
                found[examples[b]] = [.. Enumerable.Range(0, steps).Select(t => LabelPrediction.Of(logits.AsSpan(((t * model.Shape.Batch) + row) * coding.Labels.Count, coding.Labels.Count)))];
            }
        }
        return found;
    }

    private SequenceModel Model(SequenceSet set, LabelLoss loss)
    {
        SequenceShape shape = LabelTask.Shape(Options, coding, set.Lengths.Max(), Math.Min(set.Count, MostRows));
        return run.Load(new SequenceModel(run.Backend, Options.Model, shape, loss, training: false));
    }
}

/// <summary>What a classifier or tagger does on labelled data.</summary>
/// <param name="Sequences">Sequences of the data.</param>
/// <param name="Count">Labels that were predicted: one for each sequence or token.</param>
/// <param name="Loss">Mean cross-entropy of a label in nats, without smoothing or class weights.</param>
/// <param name="Accuracy">Share of right labels.</param>
/// <param name="Labels">Each label for itself, in id order.</param>
/// <param name="Confusion">How often each label (row) was taken for each (column).</param>
public sealed record LabelEvaluation(
    string Data, int Sequences, long Count, double Loss, double Accuracy, LabelScore Macro, LabelScore Micro, LabelScore Weighted,
    IReadOnlyList<LabelScore> Labels, IReadOnlyList<IReadOnlyList<long>> Confusion)
{
    /// <summary>
    /// Precision, recall and F1 of whole entities (type, first and last token), all types together, where the labels of tokens are O, B-X and I-X, as
    /// <c>seqeval</c> finds them where it is not strict; else null.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LabelScore? Entities { get; init; }
}

/// <summary>Precision, recall and F1 of a label, or their average; 0 where a denominator is 0.</summary>
/// <param name="Support">How often it is the truth.</param>
public sealed record LabelScore(string Label, double Precision, double Recall, double F1, long Support);

/// <summary>A probability for each label, in id order.</summary>
public sealed record LabelPrediction(IReadOnlyList<double> Probabilities)
{
    /// <summary>Ids of the most probable labels, the first first.</summary>
    public IEnumerable<int> Ranked => Enumerable.Range(0, Probabilities.Count).OrderByDescending(id => Probabilities[id]);

    // softmax
    internal static LabelPrediction Of(ReadOnlySpan<float> logits)
    {
        double[] p = new double[logits.Length];
        float largest = float.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }
        double sum = 0;
        for (int k = 0; k < p.Length; k++)
        {
            sum += p[k] = Math.Exp(logits[k] - largest);
        }
        for (int k = 0; k < p.Length; k++)
        {
            p[k] /= sum;
        }
        return new(p);
    }
}
