using LstmGpu.Devices;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    public static TheoryData<string, string, bool> GemmCases
    {
        get
        {
            TheoryData<string, string, bool> cases = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
                {
                    cases.Add(device, layout.ToString(), false);
                    cases.Add(device, layout.ToString(), true);
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(GemmCases))]
    public void Gemm_MatchesReference_WhenNoSizeIsAMultipleOfTheTile(string device, string layoutName, bool accumulate)
    {
        GemmLayout layout = Enum.Parse<GemmLayout>(layoutName);
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int m in Awkward)
        {
            foreach (int n in Awkward)
            {
                foreach (int k in Awkward)
                {
                    CheckGemm(backend, layout, m, n, k, accumulate);
                }
            }
        }
    }

    internal static void CheckGemm(IBackend backend, GemmLayout layout, int m, int n, int k, bool accumulate)
    {
        UniformInputs uniform = new((ulong)(m * 1_000_000 + n * 1000 + k));
        float[] a = uniform.Floats(m * k);
        float[] b = uniform.Floats(k * n);
        float[]? c = accumulate ? uniform.Floats(m * n) : null;
        double[] expected = ReferenceDense.Gemm(layout, m, n, k, a.ToDoubles(), b.ToDoubles(), c?.ToDoubles());

        float[] actual = backend.Gemm(layout, m, n, k, a, b, c);

        // K products, and C where it is added to.
        // Per element: ‖terms‖² = Σ a²b² + c², from the squares of A and B by the same product.
        double[] squares = ReferenceDense.Gemm(layout, m, n, k, Squares(a), Squares(b), c is null ? null : Squares(c));
        Near.Equal($"{layout} M={m} N={n} K={k} accumulate={accumulate}", expected, actual, j => C * Math.Sqrt(k + 1) * U * Math.Sqrt(squares[j]));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void AddBias_AddsTheBiasToEveryRow(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int columns) in Pairs())
        {
            UniformInputs uniform = new(21);
            float[] bias = uniform.Floats(columns);
            float[] y = uniform.Floats(rows * columns);
            double[] expected = ReferenceDense.AddBias(rows, columns, bias.ToDoubles(), y.ToDoubles());
            // One correctly rounded addition: u·|y|.
            Near.Equal($"rows={rows} columns={columns}", expected, backend.AddBias(rows, columns, bias, y), n => U * Math.Abs(expected[n]));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void BiasGradient_SumsTheRowsOntoWhatIsThere(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int columns) in Pairs())
        {
            UniformInputs uniform = new(22);
            float[] dy = uniform.Floats(rows * columns);
            float[] dBias = uniform.Floats(columns);
            double[] expected = ReferenceDense.BiasGradient(rows, columns, dy.ToDoubles(), dBias.ToDoubles());
            // rows + 1 terms of at most 1: ‖terms‖ ≤ √(rows + 1).
            Near.Equal($"rows={rows} columns={columns}", expected, backend.BiasGradient(rows, columns, dy, dBias), C * (rows + 1) * U);
        }
    }

    private static IEnumerable<(int Rows, int Columns)> Pairs() => Awkward.SelectMany(rows => Awkward.Select(columns => (rows, columns)));

    private static double[] Squares(float[] x) => Array.ConvertAll(x, value => (double)value * value);
}
