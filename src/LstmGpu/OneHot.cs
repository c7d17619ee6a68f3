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
}
