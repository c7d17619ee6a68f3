using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
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
        foreach (int m in AwkwardSizes.Of(device))
        {
            foreach (int n in AwkwardSizes.Of(device))
            {
                foreach (int k in AwkwardSizes.Of(device))
                {
                    CheckGemm(backend, layout, m, n, k, accumulate);
                }
            }
        }
    }

    // A read beyond an operand that no stored element depends on shows nowhere but in the emulator, which checks every index.
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Gemm_AroundOneTile_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (GemmLayout layout in Enum.GetValues<GemmLayout>())
        {
            foreach ((int m, int n, int k) in ((int, int, int)[])[(63, 64, 16), (64, 63, 16), (64, 64, 15), (64, 64, 16)])
            {
                CheckGemm(backend, layout, m, n, k, accumulate: false);
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

        Near.Equal($"{layout} M={m} N={n} K={k} accumulate={accumulate}", expected, actual, Tolerances.Gemm(layout, m, n, k, a, b, c));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void AddBias_AddsTheBiasToEveryRow(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int columns) in AwkwardSizes.Pairs(device))
        {
            UniformInputs uniform = new(21);
            float[] bias = uniform.Floats(columns);
            float[] y = uniform.Floats(rows * columns);
            double[] expected = ReferenceDense.AddBias(rows, columns, bias.ToDoubles(), y.ToDoubles());
            Near.Equal($"rows={rows} columns={columns}", expected, backend.AddBias(rows, columns, bias, y), Tolerances.AddBias(expected));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void BiasGradient_SumsTheRowsOntoWhatIsThere(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int columns) in AwkwardSizes.Pairs(device))
        {
            UniformInputs uniform = new(22);
            float[] dy = uniform.Floats(rows * columns);
            float[] dBias = uniform.Floats(columns);
            double[] expected = ReferenceDense.BiasGradient(rows, columns, dy.ToDoubles(), dBias.ToDoubles());
            Near.Equal($"rows={rows} columns={columns}", expected, backend.BiasGradient(rows, columns, dy, dBias), Tolerances.BiasGradient(rows));
        }
    }
}
