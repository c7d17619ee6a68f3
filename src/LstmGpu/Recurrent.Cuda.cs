using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>
/// On memory of a CUDA device, for a layer on <see cref="Device.OpenCuda"/>: commands are enqueued in the stream of the device, in the order of the calls, and
/// no call waits. What an earlier command of that stream wrote is seen; for another stream the caller records an event and waits for it
/// (cuEventRecord, cuStreamWaitEvent), before the call for its input and after it for its result. Memory that a call was given must stay as it is until its commands
/// have run, the input until those of the backward pass have.
/// </summary>
public abstract partial class Recurrent
{
    private const string TimeMajor = "[T,B,I]";

    /// <summary>Runs all layers over a batch of sequences. Only <paramref name="lengths"/> come from the host.</summary>
    /// <param name="input">[T,B,I].</param>
    /// <param name="state">The state before the first step; null: zeros.</param>
    /// <param name="last">Takes the state after each row's own last step; null: nobody asks.</param>
    /// <param name="lengths">As of the pass over arrays.</param>
    /// <param name="masks">As of the pass over arrays.</param>
    /// <returns>[T,B,D·P] in the layer's own memory: to be read, until the next forward pass or <see cref="Dispose"/>.</returns>
    /// <exception cref="ArgumentException">A size or length does not fit; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">The layer is batch first: memory of a device is not reordered.</exception>
    /// <exception cref="DeviceException">The device is another, or has not enough memory.</exception>
    public CudaTensor Forward(
        CudaTensor input, int steps, int batch, CudaState? state = null, CudaState? last = null, ReadOnlySpan<int> lengths = default, DropoutMasks? masks = null)
    {
        RequireTimeMajor();
        Border border = new(options, stackOptions, steps, batch);
        border.RequireInput(input.Count);
        border.RequireState(state, nameof(state));
        border.RequireState(last, nameof(last));
        border.RequireLengths(lengths);
        DeviceSlice<float> x = backend.Borrow(input);
        Prepare(steps, batch);
        DropoutKey? key = Key(masks);
        this.last = new Pass(steps, batch, plan.SetLengths(backend, lengths), key, x);
        if (state is null)
        {
            plan.Stack.ResetState();
        }
        else
        {
            plan.CopyState(backend, backend.Borrow(state.Hidden), backend.Borrow(state.Cell));
        }
        DeviceSlice<float> output = plan.Stack.Forward(steps, x, this.last.Lengths, key);
        if (last is not null)
        {
            plan.Stack.LastState(steps, this.last.Lengths, backend.Borrow(last.Hidden), backend.Borrow(last.Cell));
        }
        return backend.Lend(output);
    }

    /// <summary>Gradients after a forward pass, of either kind: those of the parameters are added to what they hold.</summary>
    /// <param name="dOutput">[T,B,D·P].</param>
    /// <param name="dInput">[T,B,I], written; the default where nobody asks.</param>
    /// <param name="dState">Gradient of the state after the pass; null: zeros.</param>
    /// <param name="dInitial">Takes the gradient of the state before it; null: nobody asks.</param>
    /// <exception cref="ArgumentException">A size does not fit; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done; or the layer is batch first.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Backward(CudaTensor dOutput, CudaTensor dInput, CudaState? dState = null, CudaState? dInitial = null)
    {
        RequireTimeMajor();
        Pass pass = last ?? throw Border.NoForwardPass();
        Border border = new(options, stackOptions, pass.Steps, pass.Batch);
        border.RequireOutput(dOutput.Count);
        if (dInput.Count > 0)
        {
            Border.Require(nameof(dInput), TimeMajor, [pass.Steps, pass.Batch, options.InputSize], dInput.Count);
        }
        border.RequireState(dState, nameof(dState));
        border.RequireState(dInitial, nameof(dInitial));
        DeviceSlice<float> dy = backend.Borrow(dOutput), dx = backend.Borrow(dInput);
        (DeviceSlice<float> h, DeviceSlice<float> c) = plan.Stack.DState;
        plan.Stack.ResetStateGradients();
        if (dState is not null)
        {
            Copy(backend.Borrow(dState.Hidden), h);
            Copy(backend.Borrow(dState.Cell), c);
        }
        plan.Stack.Backward(pass.Steps, pass.Input, dx, pass.Lengths, pass.Key, dy);
        last = null;
        if (dInitial is not null)
        {
            Copy(h, backend.Borrow(dInitial.Hidden));
            Copy(c, backend.Borrow(dInitial.Cell));
        }
    }

    private void Copy(DeviceSlice<float> source, DeviceSlice<float> destination)
    {
        if (!source.IsEmpty)
        {
            backend.Copy(source, destination);
        }
    }

    private void RequireTimeMajor()
    {
        if (options.BatchFirst)
        {
            throw new InvalidOperationException("memory of a device is not reordered: found a layer with BatchFirst, expected one without; hand over [T,B,·]");
        }
    }
}
