namespace LstmGpu.Data.Vectors;

/// <summary>
/// Principal components of vectors (Pearson 1901): their scores along the orthogonal directions of the largest variance, in double precision. A direction
/// is turned so that the score farthest from zero is positive, the first of equals.
/// </summary>
internal sealed class PrincipalComponents
{
    private const double Rounding = 1e-13; // of the whole variance: a component below it is noise of the arithmetic

    private PrincipalComponents(double[][] scores, double[] variances, double whole) =>
        (Scores, Variances, Shares) = (scores, variances, [.. variances.Select(variance => variance / whole)]);

    /// <summary>A list for each component, with the coordinate of each vector.</summary>
    public IReadOnlyList<double[]> Scores { get; }

    /// <summary>Of each component, over the vectors less one.</summary>
    public IReadOnlyList<double> Variances { get; }

    /// <summary>Of the whole variance, 0 to 1.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <param name="rows">Finite vectors of one length, two or more.</param>
    /// <param name="count">Components; those that the vectors do not have are zero.</param>
    /// <returns>null where all vectors are equal.</returns>
    public static PrincipalComponents? Of(IReadOnlyList<float[]> rows, int count)
    {
        double[][] x = Centred(rows);
        int width = x[0].Length;
        bool isWide = rows.Count <= width;

        // XXᵀ and XᵀX have the same eigenvalues λ ≠ 0: the smaller is taken. XXᵀu = λu: the scores are √λ·u. XᵀXv = λv: they are Xv.
        SymmetricEigen eigen = SymmetricEigen.Of(isWide ? Products(x) : Products(Transposed(x, width)));
        double whole = eigen.Values.Sum();
        if (!(whole > 0))
        {
            return null;
        }

        double[][] scores = new double[count][];
        double[] variances = new double[count];
        for (int k = 0; k < count; k++)
        {
            bool exists = k < eigen.Values.Count && eigen.Values[k] > Rounding * whole;
            scores[k] = !exists ? new double[x.Length]
                : isWide ? [.. eigen.Vectors[k].Select(value => value * Math.Sqrt(eigen.Values[k]))]
                : [.. x.Select(row => Dot(row, eigen.Vectors[k]))];
            variances[k] = exists ? eigen.Values[k] / (x.Length - 1) : 0;
            Orient(scores[k]);
        }

        return new(scores, variances, whole / (x.Length - 1));
    }

    private static double[][] Centred(IReadOnlyList<float[]> rows)
    {
        double[] mean = [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(row => (double)row[i]))];
        return [.. rows.Select(row => row.Select((value, i) => value - mean[i]).ToArray())];
    }

    private static double[][] Transposed(double[][] x, int width) => [.. Enumerable.Range(0, width).Select(i => x.Select(row => row[i]).ToArray())];

    private static double[][] Products(double[][] x) => [.. x.Select(a => x.Select(b => Dot(a, b)).ToArray())];

    private static void Orient(double[] scores)
    {
        double largest = scores.Max(Math.Abs);
        if (scores.First(score => Math.Abs(score) >= largest * (1 - 1e-9)) < 0) // mirror images are equals but for rounding
        {
            for (int n = 0; n < scores.Length; n++)
            {
                scores[n] = -scores[n];
            }
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
