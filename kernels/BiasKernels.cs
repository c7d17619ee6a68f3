using ILGPU;

namespace LstmGpu.Kernels;

internal static class BiasKernels
{
    /// <summary>y[r,:] += bias. A group per row.</summary>
    [Kernel(64)]
    public static void Add(
        ArrayView<float> bias,   // [N]
        ArrayView<float> y,      // [R,N]
        int columns)
    {
        long row = (long)Grid.IdxX * columns;
        for (int n = Group.IdxX; n < columns; n += Group.DimX)
        {
            y[row + n] += bias[n];
        }
    }

    /// <summary>sums += Σ_r dy[r,:], and the same onto <paramref name="second"/> where it is not empty. 16 columns per group; 16 threads share a column's rows.</summary>
    [Kernel(16, 16)]
    public static void ColumnSums(
        ArrayView<float> dy,       // [R,N]
        ArrayView<float> first,    // [N]
        ArrayView<float> second,   // [N] or empty
        int rows,
        int columns)
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(16 * 16);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int column = (Grid.IdxX * 16) + x;
        float sum = 0f;
        if (column < columns)
        {
            for (int r = y; r < rows; r += 16)
            {
                sum += dy[((long)r * columns) + column];
            }
        }
        partial[(y * 16) + x] = sum;
        Group.Barrier();
        if (y == 0 && column < columns)
        {
            float total = 0f;
            for (int n = 0; n < 16; n++)
            {
                total += partial[(n * 16) + x];
            }
            first[column] += total;
            if (second.Length > 0)
            {
                second[column] += total;
            }
        }
    }

    /// <summary>sums += Σ_r a[r,:]∘b[r,:], the gradient of a factor per column. Groups and order as <see cref="ColumnSums"/>.</summary>
    [Kernel(16, 16)]
    public static void ColumnProductSums(
        ArrayView<float> a,      // [R,N], a row every aStride
        ArrayView<float> b,      // [R,N], a row every bStride
        ArrayView<float> sums,   // [N]
        int rows,
        int columns,
        int aStride,
        int bStride)
    {
        ArrayView<float> partial = SharedMemory.Allocate<float>(16 * 16);
        int x = Group.IdxX;
        int y = Group.IdxY;
        int column = (Grid.IdxX * 16) + x;
        float sum = 0f;
        if (column < columns)
        {
            for (int r = y; r < rows; r += 16)
            {
                sum += a[((long)r * aStride) + column] * b[((long)r * bStride) + column];
            }
        }
        partial[(y * 16) + x] = sum;
        Group.Barrier();
        if (y == 0 && column < columns)
        {
            float total = 0f;
            for (int n = 0; n < 16; n++)
            {
                total += partial[(n * 16) + x];
            }
            sums[column] += total;
        }
    }
}
