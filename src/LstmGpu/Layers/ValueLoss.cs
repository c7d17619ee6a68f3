using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The mean of a loss of single numbers: squared, absolute or Huber's error of pooled sequences.</summary>
internal sealed class ValueLoss(LossFunction function, float delta = 1) : SequenceLoss
{
    private IBackend? backend;
    private ModelMemory? memory;
    private ArenaEntry? losses, targets, mean;
    private long mostRows;
    private int width, counted;

    /// <summary>A batch that is not full has another divisor.</summary>
    public override bool IsReplayable => counted == mostRows;

    public override void Plan(ModelMemory memory, long rows, int outputs)
    {
        (mostRows, width) = (rows, outputs);
        losses = memory.ReserveLayout.Add("losses", rows, outputs);
        targets = memory.ReserveLayout.Add("targets", rows, outputs);
        mean = memory.WorkspaceLayout.Add("loss", 1);
    }

    public override void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers) => (this.backend, this.memory) = (backend, memory);

    /// <param name="values">[B,K]; those of padded rows do not matter.</param>
    /// <param name="rows">Rows that count, those whose length is above 0.</param>
    public void SetTargets(ReadOnlySpan<float> values, int rows)
    {
        counted = rows;
        backend!.Upload(values, memory!.Reserve[targets!].Slice(0, values.Length));
    }

    public override DeviceSlice<float> Run(int steps, int batch, DeviceSlice<int> lengths, DeviceSlice<float> outputs, bool gradient)
    {
        DeviceSlice<float> wanted = memory!.Reserve[targets!].Slice(0, outputs.Length), each = memory.Reserve[losses!].Slice(0, outputs.Length);
        float share = 1f / ((float)counted * width);
        backend!.ElementLoss(function, steps, batch, width, lengths, outputs, wanted, each, gradient ? share : 0, delta);
        backend.Sum(each, share, memory.Workspace[mean!]);
        return memory.Workspace[mean!];
    }
}
