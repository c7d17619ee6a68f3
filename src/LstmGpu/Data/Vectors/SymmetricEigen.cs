namespace LstmGpu.Data.Vectors;

/// <summary>
/// All eigenvalues and eigenvectors of a symmetric matrix by the cyclic method of Jacobi (Golub and Van Loan, Matrix Computations, 8.5): every rotation
/// makes one pair of elements beside the diagonal zero, until they all vanish beside it. Fixed order: the same bits everywhere.
/// </summary>
internal sealed class SymmetricEigen
{
    private const int MostSweeps = 60; // about ten are usual

    private SymmetricEigen(IReadOnlyList<double> values, IReadOnlyList<double[]> vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>From the largest to the smallest.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>Of length 1, one for each value; of either sign.</summary>
    public IReadOnlyList<double[]> Vectors { get; }

    /// <param name="matrix">[N][N], symmetric and finite; it is overwritten.</param>
    public static SymmetricEigen Of(double[][] matrix)
    {
        int size = matrix.Length;
        double[][] vectors = [.. Enumerable.Range(0, size).Select(k => Enumerable.Range(0, size).Select(i => i == k ? 1.0 : 0).ToArray())];
        double negligible = 1e-32 * matrix.Sum(row => row.Sum(value => value * value));
        for (int sweep = 0; sweep < MostSweeps && Beside(matrix) > negligible; sweep++)
        {
            for (int p = 0; p < size; p++)
            {
                for (int q = p + 1; q < size; q++)
                {
                    Rotate(matrix, vectors, p, q);
                }
            }
        }

        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(k => matrix[k][k])];
        return new([.. order.Select(k => matrix[k][k])], [.. order.Select(k => vectors[k])]);
    }

    // Σ aᵢⱼ² for i ≠ j
    private static double Beside(double[][] a)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                sum += 2 * a[i][j] * a[i][j];
            }
        }

        return sum;
    }

    // A ← JᵀAJ, V ← VJ with cot 2θ = (a_qq − a_pp) / 2a_pq and t = tan θ the smaller root
    private static void Rotate(double[][] a, double[][] v, int p, int q)
    {
        if (a[p][q] == 0)
        {
            return;
        }

        double cotangent = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        double t = (cotangent < 0 ? -1 : 1) / (Math.Abs(cotangent) + Math.Sqrt((cotangent * cotangent) + 1));
        double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        foreach (double[] row in a)
        {
            (row[p], row[q]) = ((c * row[p]) - (s * row[q]), (s * row[p]) + (c * row[q]));
        }

        Turn(a[p], a[q], c, s);
        Turn(v[p], v[q], c, s); // vectors lie in rows
        a[p][q] = a[q][p] = 0;
    }

    private static void Turn(double[] p, double[] q, double c, double s)
    {
        for (int i = 0; i < p.Length; i++)
        {
            (p[i], q[i]) = ((c * p[i]) - (s * q[i]), (s * p[i]) + (c * q[i]));
        }
    }
}
