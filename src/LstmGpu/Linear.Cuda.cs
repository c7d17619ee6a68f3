using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>On memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory.</summary>
public sealed partial class Linear
{
    /// <param name="input">[R,I]; must stay as it is until the backward pass has run.</param>
    /// <param name="output">[R,O], written.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Forward(CudaTensor input, CudaTensor output)
    {
        int count = Border.RequireRows("input", "[R,I]", Inputs, input.Count);
        Border.Require("output", "[R,O]", [count, Outputs], output.Count);
        DeviceSlice<float> x = backend.Borrow(input);
        Multiply(count, x, backend.Borrow(output));
        (rows, borrowed) = (count, x);
    }

    /// <summary>Adds to the gradients of the parameters.</summary>
    /// <param name="dOutput">[R,O] of the forward pass before.</param>
    /// <param name="dInput">[R,I], written; the default where nobody asks.</param>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Backward(CudaTensor dOutput, CudaTensor dInput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,O]", [count, Outputs], dOutput.Count);
        if (dInput.Count > 0)
        {
            Border.Require("dInput", "[R,I]", [count, Inputs], dInput.Count);
        }
        DeviceSlice<float> dy = backend.Borrow(dOutput), dx = backend.Borrow(dInput);
        Differentiate(count, Input(count), dy, dx);
        rows = null;
    }
}
