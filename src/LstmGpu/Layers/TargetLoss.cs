using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The mean loss of numbers that pooled sequences are to give, [B,H] targets.</summary>
/// <param name="outputsPerTarget">Numbers of the network for each target, such as its quantiles.</param>
/// <param name="lossesPerTarget">Terms of the mean for each target.</param>
internal abstract class TargetLoss(int outputsPerTarget, int lossesPerTarget) : SequenceLoss
{
    private ModelMemory? memory;
    private ArenaEntry? losses, targets, mean;
    private long mostRows;
    private int horizon, counted;

    /// <summary>Outputs of the network for one target.</summary>
    public int OutputsPerTarget => outputsPerTarget;

    /// <summary>A batch that is not full has another divisor.</summary>
    public override bool IsReplayable => counted == mostRows;

    protected IBackend? Backend { get; private set; }

    public override void Plan(ModelMemory memory, long rows, int outputs)
    {
        (mostRows, horizon) = (rows, outputs / outputsPerTarget);
        losses = memory.ReserveLayout.Add("losses", rows, horizon * lossesPerTarget);
        targets = memory.ReserveLayout.Add("targets", rows, horizon);
        mean = memory.WorkspaceLayout.Add("loss", 1);
    }

    public override void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers) => (Backend, this.memory) = (backend, memory);

    /// <param name="values">[B,H]; those of padded rows do not matter.</param>
    /// <param name="rows">Rows that count, those whose length is above 0.</param>
    public void SetTargets(ReadOnlySpan<float> values, int rows)
    {
        counted = rows;
        Backend!.Upload(values, memory!.Reserve[targets!].Slice(0, values.Length));
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The outputs are those of every step.</exception>
    public override DeviceSlice<float> Run(int steps, int batch, DeviceSlice<int> lengths, DeviceSlice<float> outputs, bool gradient)
    {
        if (steps != 1)
        {
            throw new NotSupportedException("these losses are of pooled sequences");
        }
        int count = batch * horizon;
        DeviceSlice<float> each = memory!.Reserve[losses!].Slice(0, (long)count * lossesPerTarget);
        float share = 1f / ((float)counted * horizon * lossesPerTarget);
        Apply(batch, horizon, lengths, outputs, memory.Reserve[targets!].Slice(0, count), each, gradient ? share : 0);
        Backend!.Sum(each, share, memory.Workspace[mean!]);
        return memory.Workspace[mean!];
    }

    /// <summary>The loss of each term, 0 in padded rows; unless the scale is 0 the outputs become their gradient times the scale.</summary>
    protected abstract void Apply(
        int batch, int horizon, DeviceSlice<int> lengths, DeviceSlice<float> outputs, DeviceSlice<float> targets, DeviceSlice<float> losses, float gradientScale);
}
