using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// Reduces the output of a stack to one row a sequence. Last takes of each direction what it has read the whole sequence for, as PyTorch's h_n: the last
/// valid step forward, the first step in reverse.
/// </summary>
internal sealed class SequencePool
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly Pooling pooling;
    private readonly RecurrentStack stack;
    private readonly int batch;
    private readonly ArenaEntry output;
    private readonly ArenaEntry? dOutput, dForward;
    private DeviceSlice<int> places;

    public SequencePool(IBackend backend, ModelMemory memory, Pooling pooling, RecurrentStack stack, int batch)
    {
        (this.backend, this.memory, this.pooling, this.stack, this.batch) = (backend, memory, pooling, stack, batch);
        output = memory.ReserveLayout.Add("pooled", batch, stack.OutputWidth);
        if (memory.Training)
        {
            dOutput = memory.WorkspaceLayout.Add("d_pooled", batch, stack.OutputWidth);
            dForward = EndsInTwoPlaces ? memory.WorkspaceLayout.Add("d_pooled_forward", batch, stack.OutputWidth) : null;
        }
    }

    /// <summary>Integers that <see cref="Bind"/> is given: the places of the largest.</summary>
    public long Places => pooling == Pooling.Max ? (long)batch * stack.OutputWidth : 0;

    /// <summary>[B,D·P].</summary>
    public DeviceSlice<float> Output => memory.Reserve[output];

    /// <summary>[B,D·P].</summary>
    public DeviceSlice<float> DOutput => memory.Workspace[dOutput!];

    private bool EndsInTwoPlaces => pooling == Pooling.Last && stack.Directions == 2;

    public void Bind(DeviceSlice<int> largest) => places = largest;

    /// <param name="h">[T,B,D·P].</param>
    public DeviceSlice<float> Forward(int steps, DeviceSlice<int> lengths, DeviceSlice<float> h)
    {
        backend.PoolForward(pooling, steps, batch, stack.OutputWidth, lengths, h, Output, places);
        if (EndsInTwoPlaces)
        {
            CopyStep(lengths, Reverse(h), Reverse(Output), accumulate: false);
        }
        return Output;
    }

    /// <summary>Overwrites <paramref name="dh"/>, [T,B,D·P], with the gradient that <see cref="DOutput"/> sends there.</summary>
    public void Backward(int steps, DeviceSlice<int> lengths, DeviceSlice<float> dh)
    {
        backend.Fill(dh, 0);
        if (!EndsInTwoPlaces)
        {
            backend.PoolBackward(pooling, steps, batch, stack.OutputWidth, lengths, DOutput, places, dh);
            return;
        }
        DeviceSlice<float> ahead = memory.Workspace[dForward!];
        backend.Fill(ahead, 0);
        CopyStep(lengths, DOutput, ahead, accumulate: false);
        backend.PoolBackward(pooling, steps, batch, stack.OutputWidth, lengths, ahead, places, dh);
        CopyStep(lengths, Reverse(DOutput), Reverse(dh), accumulate: true);
    }

    // One direction's half of one step; rows of length 0 become zero.
    private void CopyStep(DeviceSlice<int> lengths, DeviceSlice<float> source, DeviceSlice<float> destination, bool accumulate) =>
        backend.CopySequence(1, batch, stack.Width, reverse: false, lengths, source, stack.OutputWidth, destination, stack.OutputWidth, accumulate);

    private DeviceSlice<float> Reverse(DeviceSlice<float> both) => both.Slice(stack.Width, both.Length - stack.Width);
}
