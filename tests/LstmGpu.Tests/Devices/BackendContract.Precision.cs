using LstmGpu.Devices;
using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    public static TheoryData<string, string> Precisions
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string device in DeviceUnderTest.Names.Where(name => name != CpuDevice.Name))
            {
                foreach (ProductPrecision precision in Enum.GetValues<ProductPrecision>().Where(p => p != ProductPrecision.Fp32Strict))
                {
                    cases.Add(device, PrecisionWord.Of(precision));
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Precisions))]
    public void Gemm_OfRoundedOperands_MatchesReference(string device, string word)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        using IBackend backend = DeviceUnderTest.Open(device, precision: precision);
        int[] sizes = AwkwardSizes.IsSlow(device) ? [1, 17, 65] : [1, 15, 64, 65, 257];
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            foreach ((int m, int n, int k) in from m in sizes from n in sizes from k in sizes select (m, n, k))
            {
                CheckRoundedGemm(backend, precision, layout, m, n, k, accumulate: (m + n + k) % 2 == 0);
            }
        }
    }

    internal static void CheckRoundedGemm(IBackend backend, ProductPrecision precision, GemmLayout layout, int m, int n, int k, bool accumulate)
    {
        UniformInputs uniform = new((ulong)(m * 1_000_000 + n * 1000 + k));
        float[] a = uniform.Floats(m * k);
        float[] b = uniform.Floats(k * n);
        float[]? c = accumulate ? uniform.Floats(m * n) : null;
        double[] expected = ReferenceDense.Gemm(layout, m, n, k, Rounded(precision, a), Rounded(precision, b), c?.ToDoubles());

        float[] actual = backend.Gemm(layout, m, n, k, a, b, c);

        // Products of two rounded operands are exact: the tolerance is that of the sum.
        Near.Equal($"{PrecisionWord.Of(precision)} {layout} M={m} N={n} K={k} accumulate={accumulate}", expected, actual, Tolerances.Gemm(layout, m, n, k, a, b, c));
    }

    /// <summary>Each step from what the device made of the step before: so operands round as they did there, and the tolerance is that of one step.</summary>
    [SkippableTheory]
    [MemberData(nameof(Precisions))]
    public void LstmStep_OfRoundedOperands_MatchesReference(string device, string word)
    {
        ProductPrecision precision = PrecisionWord.Parse(word)!.Value;
        using IBackend backend = DeviceUnderTest.Open(device, precision: precision);
        foreach (LstmShape shape in AwkwardSizes.IsSlow(device) ? [new(2, 17, 3, 17), AwkwardSizes.LstmThatFills(backend.Device)] : (LstmShape[])[new(3, 5, 7, 1), new(3, 17, 5, 65), AwkwardSizes.LstmThatFills(backend.Device)])
        {
            UniformInputs uniform = new(71);
            LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
            LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);
            LstmOutputs found = backend.Lstm(inputs, upstream);
            CheckForwardSteps(precision, inputs, found);
            CheckBackwardProducts(precision, inputs, upstream, found);
        }
    }

    private static void CheckForwardSteps(ProductPrecision precision, LstmInputs inputs, LstmOutputs found)
    {
        LstmShape step = inputs.Shape with { T = 1 };
        int state = step.B * step.H, gates = step.B * step.GateWidth, x = step.B * step.I;
        double tolerance = 8 * Precision.Rounding * (1 + (step.I + step.H + 2) / (3 * Math.Sqrt(step.H)));
        for (int t = 0; t < inputs.Shape.T; t++)
        {
            LstmTrace expected = ReferenceLstm.Forward(inputs with
            {
                Shape = step,
                X = ReferenceRounding.Operands(precision, inputs.X[(t * x)..((t + 1) * x)]),
                WeightIh = ReferenceRounding.Operands(precision, inputs.WeightIh),
                WeightHh = ReferenceRounding.Operands(precision, inputs.WeightHh),
                H0 = Rounded(precision, found.Hidden[(t * state)..((t + 1) * state)]),
                C0 = found.Cell[(t * state)..((t + 1) * state)].ToDoubles(),
            });
            string what = $"{PrecisionWord.Of(precision)} {inputs.Shape.Sizes()} step {t}";
            Near.Equal($"gates, {what}", expected.Gates, found.Gates[(t * gates)..((t + 1) * gates)], tolerance);
            Near.Equal($"cell, {what}", expected.Cell[state..], found.Cell[((t + 1) * state)..((t + 2) * state)], 1.25 * tolerance);
            Near.Equal($"hidden, {what}", expected.Hidden[state..], found.Hidden[((t + 1) * state)..((t + 2) * state)], 1.5 * tolerance);
        }
    }

    // The products of backward have the gradients of the gates as an operand, which the device leaves behind.
    private static void CheckBackwardProducts(ProductPrecision precision, LstmInputs inputs, LstmUpstream upstream, LstmOutputs found)
    {
        LstmShape shape = inputs.Shape;
        int state = shape.B * shape.H, gates = shape.B * shape.GateWidth;
        double[] dGates = Rounded(precision, found.DGates);
        double[] x = ReferenceRounding.Operands(precision, inputs.X), hidden = Rounded(precision, found.Hidden[..(shape.T * state)]);
        double[] weightIh = ReferenceRounding.Operands(precision, inputs.WeightIh), weightHh = ReferenceRounding.Operands(precision, inputs.WeightHh);
        void Check(string what, GemmLayout layout, int m, int n, int k, double[] a, double[] b, float[]? c, float[] actual) => Near.Equal(
            $"{what}, {PrecisionWord.Of(precision)} {shape.Sizes()}",
            ReferenceDense.Gemm(layout, m, n, k, a, b, c?.ToDoubles()),
            actual,
            Tolerances.Gemm(layout, m, n, k, Floats(a), Floats(b), c));
        Check("dx", GemmLayout.NN, shape.Rows, shape.I, shape.GateWidth, dGates, weightIh, null, found.DX);
        Check("dW_ih", GemmLayout.TN, shape.GateWidth, shape.I, shape.Rows, dGates, x, upstream.DWeightIh, found.DWeightIh);
        Check("dW_hh", GemmLayout.TN, shape.GateWidth, shape.H, shape.Rows, dGates, hidden, upstream.DWeightHh, found.DWeightHh);
        Check("dh0", GemmLayout.NN, shape.B, shape.H, shape.GateWidth, dGates[..gates], weightHh, null, found.DStateH);

        // The gradient of o at a step needs no later cell: do = (dHidden + dgatesNext·W_hh)∘tanh(c)∘o(1−o).
        for (int t = 0; t < shape.T - 1; t++)
        {
            double[] next = dGates[((t + 1) * gates)..((t + 2) * gates)];
            double[] carried = ReferenceDense.Gemm(GemmLayout.NN, shape.B, shape.H, shape.GateWidth, next, weightHh, null);
            Func<int, double> tolerance = Tolerances.Gemm(GemmLayout.NN, shape.B, shape.H, shape.GateWidth, Floats(next), Floats(weightHh), null);
            for (int n = 0; n < state; n++)
            {
                int at = (t * gates) + (n / shape.H * shape.GateWidth) + (Gate.Output * shape.H) + (n % shape.H);
                double o = found.Gates[at], slope = Math.Tanh(found.Cell[((t + 1) * state) + n]) * o * (1 - o);
                double expected = (upstream.DHidden[(t * state) + n] + carried[n]) * slope;
                Assert.True(
                    Math.Abs(expected - found.DGates[at]) <= tolerance(n) + (8 * Precision.Rounding),
                    $"{PrecisionWord.Of(precision)} {shape.Sizes()}: do of step {t}, element {n}: expected {expected:G9}, found {found.DGates[at]:G9}");
            }
        }
    }

    private static double[] Rounded(ProductPrecision precision, float[] x) => ReferenceRounding.Operands(precision, x.ToDoubles());

    private static float[] Floats(double[] x) => Array.ConvertAll(x, value => (float)value);
}
