namespace LstmGpu.Devices.Reference;

internal static partial class Tolerances
{
    /// <summary>One rounding: u·|y|.</summary>
    public static Func<int, double> OneRounding(double[] expected) => n => U * Math.Abs(expected[n]);

    /// <summary>As <see cref="EmbeddingBackward(int, int, int[])"/> with terms of at most the largest factor of the mask, each rounded once more.</summary>
    public static Func<int, double> EmbeddingBackward(int width, int[] tokens, float[] rowMask, int paddingToken)
    {
        Func<int, double> plain = EmbeddingBackward(width, rowMask.Length, tokens);
        return n => n / width == paddingToken || rowMask[n / width] == 0 ? 0 : 2 * plain(n) * Math.Max(1, rowMask[n / width]);
    }

    /// <summary>
    /// loss = scale·(Σq·log Σexp − own·shifted − ε/V·Σ w·shifted), parts of at most W·(2·range + ln V) with W the largest weight: 6 roundings of them, the
    /// softmax's own error, and the sum of V smoothed terms of at most 2·range: c·V·u·ε/V·W·2·range.
    /// </summary>
    public static double CrossEntropyLoss(ReferenceCrossEntropy options, float range)
    {
        double largest = LargestWeight(options), v = options.Vocabulary;
        return options.Scale * largest * (2 * Softmax(options.Vocabulary, range) + 6 * U * (2 * range + Math.Log(v)) + C * U * options.Smoothing * 2 * range);
    }

    /// <summary>scale·(Σq·p − q): p's error, Σq's (a sum of V weights: c·u) and 5 roundings of each part. 1e-37 as <see cref="LogitGradients"/>.</summary>
    public static Func<int, double> CrossEntropyGradient(ReferenceCrossEntropy options, float range, double scale, double[] softmax, int[] targets)
    {
        double relative = Math.Min(1, Softmax(options.Vocabulary, range)) + (C + 5) * U;
        double size = scale * options.Scale * LargestWeight(options);
        return n =>
        {
            double own = n % options.Vocabulary == targets[n / options.Vocabulary] ? 1 : 0;
            return 2 * size * (softmax[n] * relative + 5 * U * (own + options.Smoothing / options.Vocabulary)) + 1e-37;
        };
    }

    /// <summary>A sum of positive terms and its inverse.</summary>
    public static double TargetWeight(int rows, double expected) => (C * Math.Sqrt(rows) + 1) * U * expected;

    /// <summary>Binary cross-entropy: max(x,0), x·y and log(1+e) of at most |x|, |x·y| and 1, 4 roundings, functions of 4 ulp. The others: 4 roundings of their parts.</summary>
    public static Func<int, double> ElementLoss(LossFunction function, float[] x, float[] y, double delta) => n =>
    {
        double d = Math.Abs((double)x[n] - y[n]);
        return 4 * U * function switch
        {
            LossFunction.BinaryCrossEntropyWithLogits => Math.Abs(x[n]) * (1 + Math.Abs(y[n])) + 3,
            LossFunction.MeanSquaredError => d * d,
            LossFunction.MeanAbsoluteError => d,
            _ => d < delta ? d * d : delta * (d + delta),
        };
    };

    /// <summary>σ of 4 ulp (8u) less y, times the scale; 2d, d: the roundings of d and of the product. Signs are exact.</summary>
    public static Func<int, double> ElementGradient(LossFunction function, float[] x, float[] y, double scale) => n =>
        scale * U * (function == LossFunction.BinaryCrossEntropyWithLogits ? 10 + Math.Abs(y[n]) : 3 * Math.Max(1, Math.Abs((double)x[n] - y[n])));

    /// <summary>The roundings of y − x, of q − 1 and of their product.</summary>
    public static Func<int, double> QuantileLoss(int levels, float[] x, float[] y) => n => 3 * U * Math.Abs((double)y[n / levels] - x[n]);

    /// <summary>A product of 1 − q, rounded, and the scale.</summary>
    public static double QuantileGradient(double scale) => 2 * U * scale;

    /// <summary>z has the roundings of y − µ and a product and a function of 4 ulp (8u): 10u, its half square 22u; s and the constant are added in two.</summary>
    public static Func<int, double> GaussianLoss(float[] x, float[] y) => n =>
    {
        double z = (y[n] - x[2 * n]) / Math.Exp(x[2 * n + 1]);
        return U * (12 * z * z + 3 * (Math.Abs(x[2 * n + 1]) + 1));
    };

    /// <summary>z/σ: 10u, 8u of 1/σ and two products; 1 − z²: 22u of z² and two roundings.</summary>
    public static Func<int, double> GaussianGradient(float[] x, float[] y, double scale) => n =>
    {
        double s = Math.Exp(x[n / 2 * 2 + 1]), z = (y[n / 2] - x[n / 2 * 2]) / s;
        return scale * U * (n % 2 == 0 ? 21 * Math.Abs(z) / s : 25 * z * z + 3);
    };

    /// <summary>A mean of terms of at most 1: the sum's c·√T·u·√T over T, and the division.</summary>
    public const double PoolMean = (C + 1) * U;

    /// <summary>A quotient and a sum, of at most 1 and 2.</summary>
    public const double PoolGradient = 3 * U;

    /// <summary>K squares of both kinds, all positive: c·√K·u of the sum, and the factors.</summary>
    public static double PenaltyLoss(int count, double expected) => (C * Math.Sqrt(2.0 * count) + 4) * U * expected;

    /// <summary>2a·h + 2b·(change + change) onto what is there, |h| ≤ 1: 8 roundings of at most |dH| + 2a + 8b.</summary>
    public static Func<int, double> PenaltyGradient(ReferenceSequences shape, double alpha, double beta, float[] before)
    {
        double a = alpha / shape.Count, b = beta / Math.Max(1, (shape.T - 1) * shape.B * shape.H);
        return n => 8 * U * (Math.Abs(before[n]) + 2 * a + 8 * b);
    }

    private static double LargestWeight(ReferenceCrossEntropy options) => options.Weights?.Max() ?? 1;
}

/// <summary>
/// Tolerances of layer normalisation of inputs in ±1, with e the error of x − mean, c·u: a sum of N terms has c·√N·u·√N, over N; and one rounding. The
/// variance's error is 2·σ·e and c·u of itself, so that of the inverse is e·inverse + (c+3)·u of itself, as σ·inverse ≤ 1.
/// </summary>
internal sealed class LayerNormTolerances(int width, double[] x, double[] mean, double[] inverse, double largestGradient)
{
    private const double U = Precision.Rounding;
    private const double C = 8;
    private const double E = (C + 1) * U;

    public double Mean => E;

    public double Inverse(int r) => inverse[r] * Relative(r);

    /// <summary>γ and β of at most 1: x̂'s error and two roundings.</summary>
    public double Y(int n) => Normal(n) + 2 * U * (Math.Abs(Value(n)) + 1);

    /// <summary>
    /// inverse·(g − a − x̂·b) with |g|, |a|, |b| ≤ G: a and b are means with c·u·G, b takes x̂'s mean error on top, x̂·b x̂'s own; 5 roundings.
    /// </summary>
    public double DX(int n)
    {
        int r = n / width;
        double normal = Math.Abs(Value(n)), g = largestGradient;
        double product = C * U * g + g * (inverse[r] * E + Relative(r) + 3 * U);
        return 2 * inverse[r] * (C * U * g + normal * product + g * Normal(n) + 5 * U * g * (1 + normal) + Relative(r) * g * (2 + normal));
    }

    /// <summary>Rows + 1 terms of at most G·x̂: the sum's own error and that of every x̂.</summary>
    public double DGamma(int column)
    {
        double squares = 1, errors = 0;
        int rows = mean.Length;
        for (int r = 0; r < rows; r++)
        {
            double term = largestGradient * Value(r * width + column);
            squares += term * term;
            errors += largestGradient * Normal(r * width + column);
        }
        return C * Math.Sqrt(rows + 1) * U * Math.Sqrt(squares) + errors;
    }

    // x̂ and its error.
    private double Value(int n) => (x[n] - mean[n / width]) * inverse[n / width];

    private double Normal(int n) => inverse[n / width] * E + Math.Abs(Value(n)) * (Relative(n / width) + 3 * U);

    private double Relative(int r) => E * inverse[r] + (C + 3) * U;
}
