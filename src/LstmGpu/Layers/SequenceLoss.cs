using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The loss of a <see cref="SequenceModel"/>: the mean over all outputs that count, none of padding.</summary>
internal abstract class SequenceLoss
{
    /// <summary>Registers what the loss needs on the device.</summary>
    /// <param name="rows">The most rows of outputs.</param>
    /// <param name="outputs">K.</param>
    public abstract void Plan(ModelMemory memory, long rows, int outputs);

    /// <summary>Integers that <see cref="Bind"/> is given.</summary>
    public virtual long Integers(long rows) => 0;

    /// <summary>After the allocation.</summary>
    public abstract void Bind(IBackend backend, ModelMemory memory, DeviceSlice<int> integers);

    /// <summary>Whether <see cref="Run"/> takes nothing from the host that differs between batches of one shape.</summary>
    public virtual bool IsReplayable => true;

    /// <summary>The mean loss; with gradient, the outputs become its gradient.</summary>
    /// <param name="lengths">[B]; of pooled sequences with <paramref name="steps"/> 1: those of length 0 have no part.</param>
    /// <param name="outputs">[T,B,K].</param>
    public abstract DeviceSlice<float> Run(int steps, int batch, DeviceSlice<int> lengths, DeviceSlice<float> outputs, bool gradient);
}
