namespace LstmGpu.Devices.Reference;

/// <summary>Dense algebra and input operations of <see cref="IBackend"/> in double precision, written as their definitions read.</summary>
internal static class ReferenceDense
{
    /// <summary>C = op(A)·op(B) + C', where C' is zero unless the call accumulates.</summary>
    public static double[] Gemm(
        GemmLayout layout,
        int m,
        int n,
        int k,
        double[] a,             // [M,K], TN: [K,M]
        double[] b,             // [K,N], NT: [N,K]
        double[]? accumulate)   // [M,N]
    {
        double[] c = new double[m * n];
        // A transposed copy of B where needed, so that the inner loop walks memory in order; the sum stays Σ_k in ascending k.
        double[] rowsOfB = layout == GemmLayout.NT ? b : Transpose(k, n, b);
        double[] rowsOfA = layout == GemmLayout.TN ? Transpose(k, m, a) : a;
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = 0;
                for (int j = 0; j < k; j++)
                {
                    sum += rowsOfA[row * k + j] * rowsOfB[column * k + j];
                }
                c[row * n + column] = sum + (accumulate?[row * n + column] ?? 0);
            }
        }
        return c;
    }

    /// <summary>[rows,columns] → [columns,rows].</summary>
    public static double[] Transpose(int rows, int columns, double[] x)
    {
        double[] y = new double[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                y[c * rows + r] = x[r * columns + c];
            }
        }
        return y;
    }

    public static double[] AddBias(int rows, int columns, double[] bias, double[] y)
    {
        double[] result = new double[rows * columns];
        for (int n = 0; n < result.Length; n++)
        {
            result[n] = y[n] + bias[n % columns];
        }
        return result;
    }

    public static double[] BiasGradient(int rows, int columns, double[] dy, double[] dBias)
    {
        double[] result = (double[])dBias.Clone();
        for (int n = 0; n < rows * columns; n++)
        {
            result[n % columns] += dy[n];
        }
        return result;
    }

    public static double[] OneHot(int rows, int vocabulary, int[] tokens)
    {
        double[] x = new double[rows * vocabulary];
        for (int r = 0; r < rows; r++)
        {
            x[r * vocabulary + tokens[r]] = 1;
        }
        return x;
    }

    public static double[] EmbeddingForward(int rows, int width, int[] tokens, double[] weight)
    {
        double[] x = new double[rows * width];
        for (int r = 0; r < rows; r++)
        {
            Array.Copy(weight, tokens[r] * width, x, r * width, width);
        }
        return x;
    }

    public static double[] EmbeddingBackward(int rows, int width, int[] tokens, double[] dx, double[] dWeight)
    {
        double[] result = (double[])dWeight.Clone();
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < width; c++)
            {
                result[tokens[r] * width + c] += dx[r * width + c];
            }
        }
        return result;
    }

    /// <summary>x[r,:] = weight[tokens[r],:]·rowMask[tokens[r]].</summary>
    public static double[] EmbeddingForward(int rows, int width, int[] tokens, double[] weight, double[] rowMask)
    {
        double[] x = EmbeddingForward(rows, width, tokens, weight);
        for (int n = 0; n < x.Length; n++)
        {
            x[n] *= rowMask[tokens[n / width]];
        }
        return x;
    }

    /// <summary>dWeight[tokens[r],:] += dx[r,:]·rowMask[tokens[r]]; nothing for the padding token.</summary>
    public static double[] EmbeddingBackward(int rows, int width, int[] tokens, double[] dx, double[] dWeight, double[] rowMask, int paddingToken)
    {
        double[] masked = (double[])dx.Clone();
        for (int n = 0; n < masked.Length; n++)
        {
            int token = tokens[n / width];
            masked[n] *= token == paddingToken ? 0 : rowMask[token];
        }
        return EmbeddingBackward(rows, width, tokens, masked, dWeight);
    }
}
