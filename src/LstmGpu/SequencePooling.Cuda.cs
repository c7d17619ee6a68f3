using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>On memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory.</summary>
public sealed partial class SequencePooling
{
    /// <summary>Only <paramref name="lengths"/> come from the host.</summary>
    /// <param name="input">[T,B,H].</param>
    /// <param name="output">[B,H], written.</param>
    /// <param name="lengths">As of the pass over arrays.</param>
    /// <exception cref="ArgumentException">A size or length does not fit; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">The layer is batch first: memory of a device is not reordered.</exception>
    /// <exception cref="DeviceException">The device is another, or has not enough memory for lengths and places.</exception>
    public void Forward(CudaTensor input, CudaTensor output, int steps, int batch, ReadOnlySpan<int> lengths = default)
    {
        RequireTimeMajor();
        Border.RequireWindow(steps, batch);
        Border.Require("input", "[T,B,H]", [steps, batch, Width], input.Count);
        Border.Require("output", "[B,H]", [batch, Width], output.Count);
        Border.RequireLengths(lengths, steps, batch);
        DeviceSlice<float> x = backend.Borrow(input), y = backend.Borrow(output);
        last = null;
        last = Reduce(steps, batch, lengths, x, y);
    }

    /// <param name="dOutput">[B,H] of the forward pass before.</param>
    /// <param name="dInput">[T,B,H], written; 0 beyond a row's length.</param>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done; or the layer is batch first.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Backward(CudaTensor dOutput, CudaTensor dInput)
    {
        RequireTimeMajor();
        Pass pass = last ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[B,H]", [pass.Batch, Width], dOutput.Count);
        Border.Require("dInput", "[T,B,H]", [pass.Steps, pass.Batch, Width], dInput.Count);
        DeviceSlice<float> dy = backend.Borrow(dOutput), dx = backend.Borrow(dInput);
        last = null;
        Differentiate(pass, dy, dx);
    }

    private void RequireTimeMajor()
    {
        if (BatchFirst)
        {
            throw new InvalidOperationException("memory of a device is not reordered: found a layer with batchFirst, expected one without; hand over [T,B,H]");
        }
    }
}
