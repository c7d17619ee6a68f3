using LstmGpu.Devices;
using LstmGpu.Devices.Cpu;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    private static readonly int[] Around = [1, 15, 64, 65, 257];

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
        // All of them are the unrounded product's to check; here each edge with each other once.
        (int M, int N, int K)[] sizes = AwkwardSizes.IsSlow(device)
            ? [(1, 1, 1), (17, 65, 65), (65, 17, 1), (65, 1, 17), (1, 65, 17), (65, 65, 17)]
            : [.. from m in Around from n in Around from k in Around select (m, n, k)];
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            foreach ((int m, int n, int k) in sizes)
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
        foreach (LstmShape shape in AwkwardSizes.LstmSteps(device).Append(AwkwardSizes.LstmThatFills(backend.Device)))
        {
            UniformInputs uniform = new(71);
            LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
            LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);
            CheckRoundedLstm(backend, precision, inputs, upstream, lengths: null);
        }
    }

    internal static void CheckRoundedLstm(IBackend backend, ProductPrecision precision, LstmInputs inputs, LstmUpstream upstream, int[]? lengths)
    {
        LstmOutputs found = backend.Lstm(inputs, upstream, lengths: lengths);
        RoundedLstm rounded = new(precision, inputs, lengths, found.Hidden, found.Cell, found.Gates);
        void Compare(string what, double[] expected, float[] actual, Func<int, double> tolerance) =>
            Near.Equal($"{what}, {PrecisionWord.Of(precision)} {inputs.Shape.Sizes()}", expected, actual, tolerance);
        rounded.CompareForward(Compare);
        rounded.CompareBackward(upstream.DHidden, upstream.DStateH, upstream.DStateC, found.DGates, found.DStateH, found.DStateC, Compare);
        CheckBackwardProducts(precision, inputs, upstream, found);
    }

    // The products of backward have the gradients of the gates as an operand, which the device leaves behind.
    private static void CheckBackwardProducts(ProductPrecision precision, LstmInputs inputs, LstmUpstream upstream, LstmOutputs found)
    {
        LstmShape shape = inputs.Shape;
        int state = shape.B * shape.H;
        double[] dGates = Rounded(precision, found.DGates);
        double[] x = ReferenceRounding.Operands(precision, inputs.X), hidden = Rounded(precision, found.Hidden[..(shape.T * state)]);
        double[] weightIh = ReferenceRounding.Operands(precision, inputs.WeightIh);
        void Check(string what, GemmLayout layout, int m, int n, int k, double[] a, double[] b, float[]? c, float[] actual) => Near.Equal(
            $"{what}, {PrecisionWord.Of(precision)} {shape.Sizes()}",
            ReferenceDense.Gemm(layout, m, n, k, a, b, c?.ToDoubles()),
            actual,
            Tolerances.Gemm(layout, m, n, k, Floats(a), Floats(b), c));
        Check("dx", GemmLayout.NN, shape.Rows, shape.I, shape.GateWidth, dGates, weightIh, null, found.DX);
        Check("dW_ih", GemmLayout.TN, shape.GateWidth, shape.I, shape.Rows, dGates, x, upstream.DWeightIh, found.DWeightIh);
        Check("dW_hh", GemmLayout.TN, shape.GateWidth, shape.H, shape.Rows, dGates, hidden, upstream.DWeightHh, found.DWeightHh);
    }

    private static double[] Rounded(ProductPrecision precision, float[] x) => ReferenceRounding.Operands(precision, x.ToDoubles());

    private static float[] Floats(double[] x) => Array.ConvertAll(x, value => (float)value);
}
