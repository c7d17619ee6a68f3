namespace LstmGpu.Devices.Reference;

/// <summary>
/// How far an operation of <see cref="IBackend"/> may be from its double-precision reference, derived from its arithmetic. u = 2⁻²⁴ is the largest
/// relative error of one float32 rounding.
/// </summary>
/// <remarks>
/// The tolerance of a sum of K terms: each of its K roundings adds an error of random sign, at most u and in the mean square u/√3 times the partial sum.
/// Partial sums of terms of random sign stay near ‖terms‖₂; among millions of elements the unluckiest sum runs to 5‖terms‖₂, half of it on the
/// average of the way, and its roundings to 5 standard deviations: 2.5·5/√3 ≈ 7. Every sum allows c·√K·u·‖terms‖₂ with c = 8.
/// </remarks>
internal static partial class Tolerances
{
    private const double U = Precision.Rounding;

    /// <summary>c of the tolerance of a sum.</summary>
    private const double C = 8;

    /// <summary>
    /// v: three products and two sums of terms of at most 1, 1 and 0.1: 6 roundings of at most 2. w adds rate·v and one rounding; Nesterov's g + momentum·v,
    /// of at most 3, is multiplied by a rate of at most 0.1.
    /// </summary>
    public const double Sgd = 6 * 2 * U;

    /// <summary>K products, and C where it is added to. Per element: ‖terms‖² = Σ a²b² + c², from the squares of A and B by the same product.</summary>
    public static Func<int, double> Gemm(GemmLayout layout, int m, int n, int k, float[] a, float[] b, float[]? c)
    {
        double[] squares = ReferenceDense.Gemm(layout, m, n, k, Squares(a), Squares(b), c is null ? null : Squares(c));
        return j => C * Math.Sqrt(k + 1) * U * Math.Sqrt(squares[j]);
    }

    /// <summary>
    /// Of a library, which may round an operand to the nearest, cut it off or keep more of it: each is off by 2u of itself at most, a product by 4u + 4u². Below
    /// 2⁻¹⁴ numbers of binary16 are 2⁻²⁴ apart, and the other operand is at most 1.
    /// </summary>
    public static Func<int, double> LibraryGemm(ProductPrecision precision, GemmLayout layout, int m, int n, int k, float[] a, float[] b, float[]? c)
    {
        Func<int, double> sum = Gemm(layout, m, n, k, a, b, c);
        if (precision == ProductPrecision.Fp32Strict)
        {
            return sum;
        }
        double u = ReferenceRounding.Unit(precision), tiny = precision == ProductPrecision.Fp16 ? 2 * k * Math.ScaleB(1, -24) : 0;
        double[] sizes = ReferenceDense.Gemm(layout, m, n, k, Array.ConvertAll(a, x => (double)Math.Abs(x)), Array.ConvertAll(b, x => (double)Math.Abs(x)), null);
        return j => sum(j) + (4 * u * (1 + u) * sizes[j]) + tiny;
    }

    /// <summary>One correctly rounded addition: u·|y|.</summary>
    public static Func<int, double> AddBias(double[] expected) => n => U * Math.Abs(expected[n]);

    /// <summary>rows + 1 terms of at most 1: ‖terms‖ ≤ √(rows + 1).</summary>
    public static double BiasGradient(int rows) => C * (rows + 1) * U;

    /// <summary>uses + 1 terms of at most 1: ‖terms‖ ≤ √(uses + 1). A row that no token names keeps its bits.</summary>
    public static Func<int, double> EmbeddingBackward(int width, int vocabulary, int[] tokens)
    {
        int[] uses = new int[vocabulary];
        foreach (int token in tokens)
        {
            uses[token]++;
        }
        return n => uses[n / width] == 0 ? 0 : C * (uses[n / width] + 1) * U;
    }

    /// <summary>The loss is log(sum) and a difference of logits, each rounded once.</summary>
    public static Func<int, double> Losses(int vocabulary, float range, double[] losses) =>
        r => 2 * (Softmax(vocabulary, range) + U * Math.Abs(losses[r]));

    /// <summary>p − 1 at the target: p's error and one rounding of at most u. 1e-37: probabilities below the smallest normal float may vanish.</summary>
    public static Func<int, double> LogitGradients(int vocabulary, float range, double scale, double[] gradient, int[] targets)
    {
        double relative = Math.Min(1, Softmax(vocabulary, range));
        return n =>
        {
            bool target = n % vocabulary == targets[n / vocabulary];
            double probability = gradient[n] / scale + (target ? 1 : 0);
            return 2 * scale * (probability * relative + (target ? U : 0)) + 1e-37;
        };
    }

    public static double Sum(float[] x, double scale) => scale * C * Math.Sqrt(x.Length) * U * TermNorm(x);

    /// <summary>Partial sums of squares are all positive: each of √K independent roundings is at most u·Σ, and the root halves a relative error.</summary>
    public static double Norm(int length, double norm) => C * Math.Sqrt(length) * U * norm / 2;

    /// <summary>1 − p, its inverse and the product: three roundings, of which p near 1 magnifies none because 1 − p is exact there (Sterbenz).</summary>
    public static Func<int, double> Dropout(double[] expected) => n => 3 * U * Math.Abs(expected[n]);

    /// <summary>An addition and a division: 2u.</summary>
    public static double ClipFactor(double expected) => 2.1 * U * expected;

    // A logit and the largest of its row differ by at most 2·range, rounded once: u·2·range, which exp turns into a relative error. exp itself
    // and the division: 4u. The sum of V positive terms: √V·u.
    private static double Softmax(int vocabulary, float range) => (2 * range + 4 + Math.Sqrt(vocabulary)) * U;

    /// <summary>The 2-norm of the terms of a sum.</summary>
    private static double TermNorm(float[] terms) => Math.Sqrt(terms.Sum(term => (double)term * term));

    private static double[] Squares(float[] x) => Array.ConvertAll(x, value => (double)value * value);
}

/// <summary>Tolerances of one layer over one window, by the names of what it leaves behind.</summary>
internal readonly struct LstmTolerances
{
    private const double U = Precision.Rounding;

    public LstmTolerances(LstmShape shape, LstmGradientValues gradients)
    {
        // Forward. A pre-activation sums K = I + H + 2 products of a uniform in ±1 and one in ±1/√H: ‖terms‖₂ ≈ √(K/9H), error √K·u·√(K/9H)
        // = u·K/(3√H). σ and tanh do not amplify it and add a few u of their own. Through h and c it reaches later steps undiminished at worst: T.
        // c = 8: an exp of 2 ulp, σ or tanh made of it, and the products of the cell update.
        double k = shape.I + shape.H + 2;
        Hidden = Gates = 8 * shape.T * U * (1 + k / (3 * Math.Sqrt(shape.H)));
        Cell = Hidden * (1 + shape.T / 4.0);

        // Backward. Each step's dh sums 4H products of a gate gradient and a weight in ±1/√H: error u·√4H·‖terms‖ ≤ u·√4H·√(4/3)·G with G the
        // largest gate gradient; T steps of it, and the forward error as a factor of every gate gradient.
        double g = Math.Max(1, gradients.DGates.Max(Math.Abs));
        double step = Hidden + 8 * shape.T * U * Math.Sqrt(4 * shape.H);
        DGates = step * g;
        DInputs = step * 2 * g;

        // Weight gradients sum T·B products of a gate gradient and an input of at most 1 onto what is there: errors of the terms add as √(T·B),
        // and the summation itself gives c·√(TB+1)·u·‖terms‖ with ‖terms‖ ≤ √(TB+1)·G.
        double rows = shape.Rows + 1;
        DWeights = Math.Sqrt(rows) * step * g + 8 * rows * U * g;
    }

    public double Hidden { get; }

    public double Cell { get; }

    public double Gates { get; }

    public double DGates { get; }

    /// <summary>Of dx and of the gradients of the initial state.</summary>
    public double DInputs { get; }

    /// <summary>Of the gradients of weights and biases.</summary>
    public double DWeights { get; }
}

/// <summary>
/// Tolerances of the general recurrence. Its options amplify an error in their own ways, a norm of few small elements by orders of magnitude, so the
/// amplification is measured: a float32 sum of K products is the exact sum of products that are off by about √K·u of themselves, so the reference runs
/// on inputs whose every element is off by √K·u, up or down by chance. A real sum is off by u/√3 times its partial sums at each rounding, a third of
/// that. The tolerance of a tensor is 3 times the largest deviation among its elements in three such runs, and 8·T·u of its largest element (of 1 at
/// least) for the roundings that no sum makes: exp, σ, tanh, the update of the cell. Backward through norm(v) takes from a gradient its mean and its part
/// along v, and what is left may be small: the rounding of the whole, times 1/√(var + ε), remains.
/// </summary>
internal sealed class RecurrentTolerances
{
    private const double U = Precision.Rounding;

    private readonly Dictionary<string, double> tolerances = [];

    /// <param name="exact">The results of the inputs as they are.</param>
    public RecurrentTolerances(
        RecurrentInputs inputs, RecurrentUpstream upstream, RecurrentParameters before, IReadOnlyList<(string Name, double[] Values)> exact)
    {
        RecurrentShape shape = inputs.Shape;
        // Products in a pre-activation or in a projection; in a gradient of h; in a gradient of a weight.
        int forward = Math.Max(shape.I + shape.P + 2, shape.H);
        int backward = Math.Max(Math.Max(forward, shape.GateWidth), shape.Rows + 1);
        double[] deviations = new double[exact.Count];
        for (ulong seed = 91; seed < 94; seed++)
        {
            UniformInputs uniform = new(seed);
            RecurrentTrace trace = ReferenceRecurrence.Forward(Off(inputs, Math.Sqrt(forward) * U, uniform));
            RecurrentUpstream dUpstream = new(
                Off(upstream.DHidden, Math.Sqrt(backward) * U, uniform),
                Off(upstream.DStateH, Math.Sqrt(backward) * U, uniform),
                Off(upstream.DStateC, Math.Sqrt(backward) * U, uniform));
            var results = ReferenceRecurrence.Results(Off(inputs, Math.Sqrt(backward) * U, uniform), dUpstream, before);
            for (int n = 0; n < exact.Count; n++)
            {
                double[] values = n switch { 0 => trace.Hidden, 1 => trace.Cell, 2 => trace.Gates, _ => results[n].Values };
                deviations[n] = exact[n].Values.Zip(values, (a, b) => Math.Abs(a - b)).Append(deviations[n]).Max();
            }
        }
        double scale = ReferenceRecurrence.Forward(inputs).NormScale;
        foreach (((string name, double[] values), double deviation) in exact.Zip(deviations))
        {
            double roundings = 8 * shape.T * U * values.Select(Math.Abs).Append(1).Max();
            tolerances[name] = 3 * deviation + roundings * (name[0] == 'd' ? 1 + scale : 1);
        }
    }

    public double this[string name] => tolerances[name];

    private static RecurrentInputs Off(RecurrentInputs inputs, double relative, UniformInputs uniform) => inputs with
    {
        Parameters = inputs.Parameters.Map(values => Off(values, relative, uniform)),
        X = Off(inputs.X, relative, uniform),
        H0 = Off(inputs.H0, relative, uniform),
        C0 = Off(inputs.C0, relative, uniform),
    };

    private static double[] Off(double[] values, double relative, UniformInputs uniform) =>
        [.. values.Zip(uniform.Integers(values.Length, 2), (value, up) => value * (1 + (up == 1 ? relative : -relative)))];
}

/// <summary>
/// Tolerances of one update by Adam. g = factor·g + decay·w: its own roundings are at most 3u·G with G = |factor·g| + |decay·w|. (Where G cancels, g is
/// small and its error is not.) m = β₁m + (1−β₁)g: 4 more roundings of its terms; v likewise with g². The update is rate·m̂/(√v̂ + ε): m's absolute error
/// divided by the denominator, v's relative error halved (kept whole), and 5 roundings of its own.
/// </summary>
/// <param name="parameters">As gradients, firstMoment and secondMoment: before the update.</param>
/// <param name="m">First moments after the update, by the reference; v the second.</param>
internal sealed class AdamTolerances(
    float[] parameters, float[] gradients, float factor, float[] firstMoment, float[] secondMoment, AdamStep step, double[] m, double[] v)
{
    private const double U = Precision.Rounding;

    public double FirstMoment(int n) => FirstError(n) + 1e-30;

    public double SecondMoment(int n) => SecondError(n) + 1e-30;

    public double Parameter(int n)
    {
        double denominator = Math.Sqrt(v[n] / (1 - Math.Pow(step.Beta2, step.Step))) + step.Epsilon;
        double relative = v[n] > 0 ? SecondError(n) / v[n] : 0;
        double rate = step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step));
        return 3 * U * Math.Abs(parameters[n]) + rate / denominator * (FirstError(n) + Math.Abs(m[n]) * (relative + 5 * U)) + 1e-30;
    }

    private double Gradient(int n) => Math.Abs(factor * (double)gradients[n]) + (step.Decoupled ? 0 : Math.Abs(step.WeightDecay * parameters[n]));

    private double FirstError(int n) => 4 * U * (step.Beta1 * Math.Abs(firstMoment[n]) + 2 * (1 - step.Beta1) * Gradient(n));

    private double SecondError(int n) => 4 * U * (step.Beta2 * secondMoment[n] + 2 * (1 - step.Beta2) * Gradient(n) * Gradient(n));
}

/// <summary>
/// Tolerances of one update by RMSprop or Adagrad. With Adam's G, g is off by 3u·G and g² by 8u·G²; s adds 4 roundings of its older part.
/// q = g / (√s + ε): g's error divided by the denominator, s's relative error halved (kept whole), and 5 roundings. v = momentum·v + q: 3 roundings
/// of either term. w − rate·v: 3 roundings of w and 2 of the update.
/// </summary>
/// <param name="square">s before the update, multiplied by its decay; s after it, by the reference, is <paramref name="squareAfter"/>.</param>
/// <param name="newInSquare">What g² is multiplied by before it is added to s.</param>
/// <param name="carried">momentum·v before the update.</param>
internal sealed class RootTolerances(
    float[] parameters, float[] gradients, float factor, double decay, Func<int, double> square, double[] squareAfter, double newInSquare,
    Func<int, double> carried, double rate, double epsilon)
{
    private const double U = Precision.Rounding;

    public static RootTolerances Of(RmspropStep step, float[] parameters, float[] gradients, float factor, float[] meanSquare, float[] velocity, double[] after) => new(
        parameters, gradients, factor, step.WeightDecay, n => step.Alpha * meanSquare[n], after, 1 - step.Alpha,
        n => step.Momentum * velocity[n], step.LearningRate, step.Epsilon);

    public static RootTolerances Of(AdagradStep step, float[] parameters, float[] gradients, float factor, float[] sum, double[] after) => new(
        parameters, gradients, factor, step.WeightDecay, n => sum[n], after, 1, _ => 0, step.Rate, step.Epsilon);

    public double Square(int n) => 4 * U * (square(n) + 2 * newInSquare * Magnitude(n) * Magnitude(n)) + 1e-30;

    public double Velocity(int n)
    {
        double denominator = Math.Sqrt(squareAfter[n]) + epsilon;
        double q = Math.Abs(factor * (double)gradients[n] + decay * parameters[n]) / denominator;
        double relative = squareAfter[n] > 0 ? Square(n) / squareAfter[n] : 0;
        return 3 * U * Magnitude(n) / denominator + q * (relative + 5 * U) + 3 * U * (Math.Abs(carried(n)) + q) + 1e-30;
    }

    public double Parameter(int n)
    {
        double q = Magnitude(n) / (Math.Sqrt(squareAfter[n]) + epsilon);
        return 3 * U * Math.Abs(parameters[n]) + rate * (Velocity(n) + 2 * U * (Math.Abs(carried(n)) + q));
    }

    private double Magnitude(int n) => Math.Abs(factor * (double)gradients[n]) + Math.Abs(decay * parameters[n]);
}
