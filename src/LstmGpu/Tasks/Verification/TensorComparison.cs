namespace LstmGpu.Tasks.Verification;

/// <summary>Holds one tensor against what another program computed.</summary>
internal static class TensorComparison
{
    private const double LeastScale = 0.1;

    /// <param name="isSum">The scale of an error is the tensor's largest element, not the element.</param>
    public static TensorVerdict Compare(
        string name, IReadOnlyList<long> shape, ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, VerificationTolerance tolerance, bool isSum)
    {
        double largest = 0;
        foreach (double value in expected)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }
        (double absolute, double relative, int absoluteAt, int relativeAt, bool passed) = (-1, -1, 0, 0, true);
        for (int n = 0; n < expected.Length; n++)
        {
            double error = Math.Abs(expected[n] - actual[n]);
            error = double.IsNaN(error) ? double.PositiveInfinity : error;
            double scale = isSum ? largest : Math.Abs(expected[n]);
            double share = error / Math.Max(scale, LeastScale);
            if (error > absolute)
            {
                (absolute, absoluteAt) = (error, n);
            }
            if (share > relative)
            {
                (relative, relativeAt) = (share, n);
            }
            passed &= error <= Math.Max(tolerance.Absolute, tolerance.Relative * scale);
        }
        return new(name, shape, Math.Max(absolute, 0), Index(absoluteAt, shape), Math.Max(relative, 0), Index(relativeAt, shape), passed);
    }

    private static long[] Index(long n, IReadOnlyList<long> shape)
    {
        long[] index = new long[shape.Count];
        for (int axis = shape.Count - 1; axis >= 0; axis--)
        {
            (n, index[axis]) = Math.DivRem(n, Math.Max(1, shape[axis]));
        }
        return index;
    }
}
