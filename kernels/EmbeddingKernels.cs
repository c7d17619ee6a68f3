using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Tokens to vectors. A group per row.</summary>
internal static class EmbeddingKernels
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 64;

    /// <summary>x[r,v] = 1 at tokens[r], 0 elsewhere.</summary>
    [Kernel(Threads)]
    public static void OneHot(
        ArrayView<int> tokens,   // [R]
        ArrayView<float> x,      // [R,V]
        int vocabulary)
    {
        long row = (long)Grid.IdxX * vocabulary;
        int token = tokens[Grid.IdxX];
        for (int v = Group.IdxX; v < vocabulary; v += Threads)
        {
            x[row + v] = v == token ? 1f : 0f;
        }
    }

    /// <summary>x[r,:] = weight[tokens[r],:]·rowMask[tokens[r]].</summary>
    [Kernel(Threads)]
    public static void Gather(
        ArrayView<int> tokens,      // [R]
        ArrayView<float> weight,    // [V,I]
        ArrayView<float> rowMask,   // [V] or empty: 1
        ArrayView<float> x,         // [R,I]
        int width)
    {
        long row = (long)Grid.IdxX * width;
        int token = tokens[Grid.IdxX];
        long source = (long)token * width;
        float mask = rowMask.Length > 0 ? rowMask[token] : 1f;
        for (int n = Group.IdxX; n < width; n += Threads)
        {
            x[row + n] = weight[source + n] * mask;
        }
    }

    /// <summary>
    /// dWeight[tokens[r],:] += dx[r,:]·rowMask[tokens[r]], without atomics: the group of the first row with a token adds all rows with that token, in ascending
    /// order; the groups of the others have nothing to do.
    /// </summary>
    [Kernel(Threads)]
    public static void Scatter(
        ArrayView<int> tokens,      // [R]
        ArrayView<float> dx,        // [R,I]
        ArrayView<float> dWeight,   // [V,I]
        ArrayView<float> rowMask,   // [V] or empty: 1
        int paddingToken,           // its row is left alone; −1: none
        int rows,
        int width)
    {
        ArrayView<int> seen = SharedMemory.Allocate<int>(Threads);
        int x = Group.IdxX;
        int row = Grid.IdxX;
        int token = tokens[row];
        int earlier = 0;
        // Ends at the first: over all rows it would take R² reads.
        for (int r = x; r < row && earlier == 0; r += Threads)
        {
            earlier |= tokens[r] == token ? 1 : 0;
        }
        seen[x] = earlier;
        Group.Barrier();
        for (int n = 0; n < Threads; n++)
        {
            earlier |= seen[n];
        }
        float mask = rowMask.Length > 0 ? rowMask[token] : 1f;
        if (earlier == 0 && token != paddingToken && mask != 0f)
        {
            for (int n = x; n < width; n += Threads)
            {
                long target = ((long)token * width) + n;
                float sum = dWeight[target];
                for (int r = row; r < rows; r++)
                {
                    if (tokens[r] == token)
                    {
                        sum += dx[((long)r * width) + n] * mask;
                    }
                }
                dWeight[target] = sum;
            }
        }
    }
}
