namespace LstmGpu.Devices.Reference;

/// <summary>The worst of an operation's cases: its error as a share of the tolerance.</summary>
internal sealed class Finding(string operation)
{
    public string Operation { get; } = operation;

    public int Cases { get; private set; }

    /// <summary>Error over tolerance, 1 at most where all is well; infinite where NaN or any error at all came where none may be.</summary>
    public double Worst { get; private set; }

    /// <summary>The case of <see cref="Worst"/>.</summary>
    public string Shape { get; private set; } = "";

    /// <summary>What stopped the operation, or null.</summary>
    public string? Failure { get; private set; }

    public void Case() => Cases++;

    public void Fail(string reason) => (Failure, Worst) = (reason, double.PositiveInfinity);

    public void Compare(string shape, double[] expected, float[] actual, double tolerance) => Compare(shape, expected, actual, _ => tolerance);

    public void Compare(string shape, double[] expected, float[] actual, Func<int, double> tolerance)
    {
        double worst = 0;
        for (int n = 0; n < expected.Length; n++)
        {
            double error = Math.Abs(expected[n] - actual[n]);
            double share = error == 0 ? 0 : error / tolerance(n);
            worst = Math.Max(worst, double.IsNaN(share) ? double.PositiveInfinity : share);
        }
        if (worst > Worst)
        {
            (Worst, Shape) = (worst, shape);
        }
    }
}
