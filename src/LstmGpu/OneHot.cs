using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu;

/// <summary>Symbols as input without a table: PyTorch's <c>torch.nn.functional.one_hot</c>, as float32.</summary>
public static class OneHot
{
    /// <summary>x[r,:] = 1 at tokens[r], 0 elsewhere.</summary>
    /// <param name="tokens">[R], each 0…V−1.</param>
    /// <param name="symbols">V.</param>
    /// <returns>[R,V].</returns>
    /// <exception cref="ArgumentException">No tokens, or one that is no symbol.</exception>
    public static float[] Encode(ReadOnlySpan<int> tokens, int symbols)
    {
        int rows = Border.RequireRows("tokens", "[R,1]", 1, tokens.Length);
        Border.RequireIndices("tokens", tokens, symbols);
        float[] x = new float[Border.RequireArray("the output", "[R,V]", rows, symbols)];
        for (int r = 0; r < rows; r++)
        {
            x[(r * symbols) + tokens[r]] = 1;
        }
        return x;
    }

    /// <summary>The same on memory of a CUDA device; order, streams and lifetimes as of <see cref="Recurrent"/>'s passes over such memory.</summary>
    /// <param name="device">That of the memory.</param>
    /// <param name="tokens">[R], each 0…V−1; a row whose token is none is all 0.</param>
    /// <param name="symbols">V.</param>
    /// <param name="output">[R,V], written.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device is another.</exception>
    public static void Encode(Device device, CudaIndices tokens, int symbols, CudaTensor output)
    {
        int rows = Border.RequireRows("tokens", "[R,1]", 1, tokens.Count);
        Border.Require("output", "[R,V]", [rows, symbols], output.Count);
        IBackend backend = device.Backend;
        backend.OneHot(rows, symbols, backend.Borrow(tokens), backend.Borrow(output));
    }
}
