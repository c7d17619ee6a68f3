using LstmGpu.Data;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Sequences;

/// <summary>Lays sequences out for a network, padded to the longest of them, and puts them on the device.</summary>
internal sealed class SequenceBatch
{
    private readonly SequenceModel model;
    private readonly LabelLoss loss;
    private readonly SequenceSet set;
    private readonly int[] lengths, tokens, labels;
    private readonly float[] features;

    public SequenceBatch(SequenceModel model, LabelLoss loss, SequenceSet set)
    {
        (this.model, this.loss, this.set) = (model, loss, set);
        SequenceShape shape = model.Shape;
        int cells = shape.Steps * shape.Batch;
        lengths = new int[shape.Batch];
        tokens = new int[shape.Vocabulary > 0 ? cells : 0];
        features = new float[checked(cells * shape.Features)];
        labels = new int[shape.Pooling is null ? cells : shape.Batch];
    }

    /// <summary>Steps of the longest sequence of the batch, T.</summary>
    public int Steps { get; private set; }

    /// <summary>A label for each row of outputs, [T,B] or [B]; <see cref="LabelLoss.Ignored"/> where there is none.</summary>
    public ReadOnlySpan<int> Labels => labels.AsSpan(0, Rows);

    private int Rows => model.Shape.Pooling is null ? Steps * model.Shape.Batch : model.Shape.Batch;

    /// <returns>Steps of all sequences together.</returns>
    public long Load(ReadOnlySpan<int> examples)
    {
        int batch = model.Shape.Batch;
        Steps = set.LongestOf(examples);
        set.CopyLengths(examples, lengths);
        if (set.FeatureCount > 0)
        {
            Span<float> values = features.AsSpan(0, Steps * batch * set.FeatureCount);
            set.CopyFeatures(examples, batch, values);
            model.SetFeatures(values, lengths);
        }
        else
        {
            Span<int> ids = tokens.AsSpan(0, Steps * batch);
            set.CopyTokens(examples, batch, ids);
            model.SetTokens(ids, lengths);
        }
        LoadLabels(examples);
        return lengths.Sum(length => (long)length);
    }

    private void LoadLabels(ReadOnlySpan<int> examples)
    {
        Span<int> wanted = labels.AsSpan(0, Rows);
        if (set.HasStepLabels)
        {
            set.CopyStepLabels(examples, model.Shape.Batch, wanted, LabelLoss.Ignored);
        }
        else
        {
            wanted.Fill(LabelLoss.Ignored);
            if (model.Shape.Pooling is not null)
            {
                set.CopyLabels(examples, wanted, LabelLoss.Ignored);
            }
        }
        loss.SetLabels(wanted);
    }
}
