using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Layer normalisation over rows of N. Forward and the input's gradient: a group per row, its partial sums combined by every thread in the same order.</summary>
internal static class LayerNormKernels
{
    public const int Threads = 64;

    /// <summary>Rows of a partial sum of the parameters' gradients.</summary>
    public const int RowsInBlock = 256;

    /// <summary>y = γ∘(x − mean)·inverse + β, inverse = 1/√(variance + ε).</summary>
    [Kernel(Threads)]
    public static void Forward(
        ArrayView<float> x,         // [R,N]
        ArrayView<float> gamma,     // [N] or empty
        ArrayView<float> beta,      // [N] or empty
        ArrayView<float> y,         // [R,N]
        ArrayView<float> means,     // [R]
        ArrayView<float> inverses,  // [R]
        int width,
        float epsilon)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> squares = SharedMemory.Allocate<float>(Threads);
        int thread = Group.IdxX;
        long row = (long)Grid.IdxX * width;
        float sum = 0f;
        for (int n = thread; n < width; n += Threads)
        {
            sum += x[row + n];
        }
        sums[thread] = sum;
        Group.Barrier();
        float mean = Total(sums) / width;

        // About the mean, in a second pass: Σx² − N·mean² would cancel.
        float square = 0f;
        for (int n = thread; n < width; n += Threads)
        {
            float d = x[row + n] - mean;
            square += d * d;
        }
        squares[thread] = square;
        Group.Barrier();
        float inverse = 1f / MathF.Sqrt((Total(squares) / width) + epsilon);
        for (int n = thread; n < width; n += Threads)
        {
            float normal = (x[row + n] - mean) * inverse;
            float scaled = gamma.Length > 0 ? normal * gamma[n] : normal;
            y[row + n] = beta.Length > 0 ? scaled + beta[n] : scaled;
        }
        if (thread == 0)
        {
            means[Grid.IdxX] = mean;
            inverses[Grid.IdxX] = inverse;
        }
    }

    /// <summary>dx = inverse·(g − Σg/N − x̂·Σ(g∘x̂)/N) with g = dy∘γ.</summary>
    [Kernel(Threads)]
    public static void Backward(
        ArrayView<float> dy,        // [R,N]
        ArrayView<float> x,         // [R,N]
        ArrayView<float> gamma,     // [N] or empty
        ArrayView<float> means,     // [R]
        ArrayView<float> inverses,  // [R]
        ArrayView<float> dx,        // [R,N], may be dy
        int width)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(Threads);
        ArrayView<float> products = SharedMemory.Allocate<float>(Threads);
        int thread = Group.IdxX;
        long row = (long)Grid.IdxX * width;
        float mean = means[Grid.IdxX];
        float inverse = inverses[Grid.IdxX];
        float sum = 0f;
        float product = 0f;
        for (int n = thread; n < width; n += Threads)
        {
            float g = gamma.Length > 0 ? dy[row + n] * gamma[n] : dy[row + n];
            sum += g;
            product += g * ((x[row + n] - mean) * inverse);
        }
        sums[thread] = sum;
        products[thread] = product;
        Group.Barrier();
        float meanOfSum = Total(sums) / width;
        float meanOfProduct = Total(products) / width;
        for (int n = thread; n < width; n += Threads)
        {
            float g = gamma.Length > 0 ? dy[row + n] * gamma[n] : dy[row + n];
            float normal = (x[row + n] - mean) * inverse;
            dx[row + n] = inverse * ((g - meanOfSum) - (normal * meanOfProduct));
        }
    }

    /// <summary>Sums of dy∘x̂ and of dy over a block of rows, for 16 columns: the first of two stages, no atomics.</summary>
    [Kernel(16, 16)]
    public static void BlockSums(
        ArrayView<float> dy,        // [R,N]
        ArrayView<float> x,         // [R,N]
        ArrayView<float> means,     // [R]
        ArrayView<float> inverses,  // [R]
        ArrayView<float> partial,   // [2,blocks,N] of γ, of β
        int rows,
        int width)
    {
        ArrayView<float> ofGamma = SharedMemory.Allocate<float>(16 * 16);
        ArrayView<float> ofBeta = SharedMemory.Allocate<float>(16 * 16);
        int column = (Grid.IdxY * 16) + Group.IdxX;
        int first = Grid.IdxX * RowsInBlock;
        int end = rows - first < RowsInBlock ? rows : first + RowsInBlock;
        float gamma = 0f;
        float beta = 0f;
        if (column < width)
        {
            for (int r = first + Group.IdxY; r < end; r += 16)
            {
                float d = dy[((long)r * width) + column];
                gamma += d * ((x[((long)r * width) + column] - means[r]) * inverses[r]);
                beta += d;
            }
        }
        ofGamma[(Group.IdxY * 16) + Group.IdxX] = gamma;
        ofBeta[(Group.IdxY * 16) + Group.IdxX] = beta;
        Group.Barrier();
        if (Group.IdxY == 0 && column < width)
        {
            float gammas = 0f;
            float betas = 0f;
            for (int n = 0; n < 16; n++)
            {
                gammas += ofGamma[(n * 16) + Group.IdxX];
                betas += ofBeta[(n * 16) + Group.IdxX];
            }
            partial[((long)Grid.IdxX * width) + column] = gammas;
            partial[((long)(Grid.DimX + Grid.IdxX) * width) + column] = betas;
        }
    }

    /// <summary>dγ and dβ += the sums of all blocks, in ascending order. A thread per column.</summary>
    [Kernel(Threads)]
    public static void AddBlocks(
        ArrayView<float> partial,   // [2,blocks,N]
        ArrayView<float> dGamma,    // [N] or empty
        ArrayView<float> dBeta,     // [N] or empty
        int blocks,
        int width)
    {
        int column = (Grid.IdxX * Threads) + Group.IdxX;
        if (column < width)
        {
            float gamma = 0f;
            float beta = 0f;
            for (int n = 0; n < blocks; n++)
            {
                gamma += partial[((long)n * width) + column];
                beta += partial[((long)(blocks + n) * width) + column];
            }
            if (dGamma.Length > 0)
            {
                dGamma[column] += gamma;
            }
            if (dBeta.Length > 0)
            {
                dBeta[column] += beta;
            }
        }
    }

    private static float Total(ArrayView<float> parts)
    {
        float total = 0f;
        for (int n = 0; n < Threads; n++)
        {
            total += parts[n];
        }
        return total;
    }
}
