using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>On memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory.</summary>
public sealed partial class Embedding
{
    /// <param name="tokens">[R], each 0…V−1, which nobody checks; must stay as they are until the backward pass has run.</param>
    /// <param name="output">[R,E], written.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Forward(CudaIndices tokens, CudaTensor output)
    {
        int count = Border.RequireRows("tokens", "[R,1]", 1, tokens.Count);
        Border.Require("output", "[R,E]", [count, Width], output.Count);
        DeviceSlice<int> ids = backend.Borrow(tokens);
        backend.EmbeddingForward(count, Width, ids, memory.Value(weight), backend.Borrow(output));
        (rows, borrowed) = (count, ids);
    }

    /// <summary>Adds to the gradient of the table; does nothing where that is frozen.</summary>
    /// <param name="dOutput">[R,E] of the forward pass before.</param>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public void Backward(CudaTensor dOutput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,E]", [count, Width], dOutput.Count);
        DeviceSlice<float> dx = backend.Borrow(dOutput);
        rows = null;
        if (!Frozen)
        {
            Differentiate(count, dx);
        }
    }
}
