using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>Softmax cross-entropy of one label a row (PyTorch's cross_entropy with ignore_index −1); a row that does not count has the label −1.</summary>
internal sealed class LabelLoss(double labelSmoothing = 0) : SequenceLoss
{
    public const int Ignored = -1;

    private IBackend? backend;
    private ModelMemory? memory;
    private ArenaEntry? losses, total, mean;
    private DeviceSlice<int> labels, predictions;
    private int classes;

    public override void Plan(ModelMemory memory, long rows, int outputs)
    {
        classes = outputs;
        losses = memory.ReserveLayout.Add("losses", rows);
        total = memory.WorkspaceLayout.Add("counted rows", 2);
        mean = memory.WorkspaceLayout.Add("loss", 1);
    }

    /// <summary>Labels and predictions.</summary>
    public override long Integers(long rows) => 2 * rows;

    public override void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers)
    {
        (this.backend, this.memory) = (backend, memory);
        (labels, predictions) = (integers.Slice(0, integers.Length / 2), integers.Slice(integers.Length / 2, integers.Length / 2));
    }

    /// <summary>One label for each row of outputs, [T,B] or [B].</summary>
    public void SetLabels(ReadOnlySpan<int> values) => backend!.Upload(values, labels.Slice(0, values.Length));

    public override DeviceSlice<float> Run(int steps, int batch, DeviceSlice<int> lengths, DeviceSlice<float> outputs, bool gradient)
    {
        int rows = steps * batch;
        DeviceSlice<int> wanted = labels.Slice(0, rows);
        DeviceSlice<float> each = memory!.Reserve[losses!].Slice(0, rows), counted = memory.Workspace[total!];
        CrossEntropyOptions options = new(Ignored, (float)labelSmoothing);
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
