using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// Softmax cross-entropy of one label a row (PyTorch's cross_entropy with ignore_index −1); a row that does not count has the label −1.
/// Smoothing and class weights are of training: without a gradient the loss is the plain one.
/// </summary>
/// <param name="labelSmoothing">ε in 0…1.</param>
/// <param name="classWeights">[K]; null: 1 for each.</param>
internal sealed class LabelLoss(double labelSmoothing = 0, float[]? classWeights = null) : SequenceLoss
{
    public const int Ignored = -1;

    private IBackend? backend;
    private ModelMemory? memory;
    private ArenaEntry? losses, total, mean, weights;
    private DeviceSlice<int> labels, predictions;
    private int classes;

    public override void Plan(ModelMemory memory, long rows, int outputs)
    {
        classes = outputs;
        losses = memory.ReserveLayout.Add("losses", rows);
        total = memory.WorkspaceLayout.Add("counted rows", 2);
        mean = memory.WorkspaceLayout.Add("loss", 1);
        weights = classWeights is null ? null : memory.WorkspaceLayout.Add("class weights", outputs);
    }

    /// <summary>Labels and predictions.</summary>
    public override long Integers(long rows) => 2 * rows;

    public override void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers)
    {
        (this.backend, this.memory) = (backend, memory);
        (labels, predictions) = (integers.Slice(0, integers.Length / 2), integers.Slice(integers.Length / 2, integers.Length / 2));
        if (weights is not null)
        {
            backend.Upload<float>(classWeights, memory.Workspace[weights]);
        }
    }

    /// <summary>One label for each row of outputs, [T,B] or [B].</summary>
    public void SetLabels(ReadOnlySpan<int> values) => backend!.Upload(values, labels.Slice(0, values.Length));

    public override DeviceSlice<float> Run(int steps, int batch, DeviceSlice<int> lengths, DeviceSlice<float> outputs, bool gradient)
    {
        int rows = steps * batch;
        DeviceSlice<int> wanted = labels.Slice(0, rows);
        DeviceSlice<float> each = memory!.Reserve[losses!].Slice(0, rows), counted = memory.Workspace[total!];
        CrossEntropyOptions options = new(Ignored);
        if (gradient)
        {
            options = options with { LabelSmoothing = (float)labelSmoothing, ClassWeights = weights is null ? default : memory.Workspace[weights] };
        }
        backend!.TargetWeight(rows, wanted, options, counted);
        backend.SoftmaxCrossEntropy(rows, classes, outputs, wanted, each, gradient ? 1 : 0, options with { Scale = counted.Slice(1, 1) });
        backend.Sum(each, 1, memory.Workspace[mean!]);
        return memory.Workspace[mean!];
    }

    /// <summary>The most probable label of each row of outputs, before a loss with gradient.</summary>
    public void Predict(DeviceSlice<float> outputs, Span<int> found)
    {
        DeviceSlice<int> best = predictions.Slice(0, found.Length);
        backend!.ArgMax(found.Length, classes, outputs, best);
        backend.Download(best, found);
    }
}
