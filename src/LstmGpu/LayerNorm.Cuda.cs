using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>On memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory.</summary>
public sealed partial class LayerNorm
{
    /// <param name="input">[R,N]; must stay as it is until the backward pass has run.</param>
    /// <param name="output">[R,N], written; other memory than the input.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device is another, or has not enough memory for a mean and a variance per row.</exception>
    public void Forward(CudaTensor input, CudaTensor output)
    {
        int count = Border.RequireRows("input", "[R,N]", Width, input.Count);
        Border.Require("output", "[R,N]", [count, Width], output.Count);
        if (output.Pointer == input.Pointer)
        {
            throw new ArgumentException("input and output are the same memory, expected two: the backward pass reads the input again");
        }
        DeviceSlice<float> x = backend.Borrow(input), y = backend.Borrow(output);
        rows = null;
        Normalise(count, x, y);
        (rows, borrowed) = (count, x);
    }

    /// <summary>Adds to the gradients of the parameters.</summary>
    /// <param name="dOutput">[R,N] of the forward pass before.</param>
    /// <param name="dInput">[R,N], written; <paramref name="dOutput"/> itself where that is no longer needed.</param>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Backward(CudaTensor dOutput, CudaTensor dInput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,N]", [count, Width], dOutput.Count);
        Border.Require("dInput", "[R,N]", [count, Width], dInput.Count);
        DeviceSlice<float> dy = backend.Borrow(dOutput), dx = backend.Borrow(dInput);
        rows = null;
        Differentiate(count, dy, dx);
    }
}
