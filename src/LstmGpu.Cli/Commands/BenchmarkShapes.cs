using System.Globalization;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>Reads <c>T,B,I,H,L[,D]</c>, <c>T,B,E,H,L,V</c> and <c>M,N,K</c>.</summary>
internal static class BenchmarkShapes
{
    private const string Expected = "T,B,I,H,L or T,B,I,H,L,D, whole numbers of at least 1, such as 64,32,128,128,1";
    private const string ExpectedGemm = "M,N,K, whole numbers of at least 1, such as 1024,1024,1024";
    private const string ExpectedStep = "T,B,E,H,L,V, whole numbers of at least 1, such as 35,20,512,512,2,10000";

    /// <exception cref="ConfigurationException">Not five or six whole numbers of at least 1.</exception>
    public static IReadOnlyList<LstmBenchmarkShape> Read(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => text.Split(';', StringSplitOptions.TrimEntries)).Select(One)];

    /// <exception cref="ConfigurationException">Not six whole numbers of at least 1.</exception>
    public static StepBenchmarkShape ReadStep(string text) => Numbers(text, ExpectedStep) is [int t, int b, int e, int h, int l, int v]
        ? new(t, b, e, h, l, v)
        : throw NumberText.Unusable("--shape", $"'{text}'", ExpectedStep);

    /// <exception cref="ConfigurationException">Not three whole numbers of at least 1.</exception>
    public static GemmBenchmarkShape ReadGemm(string text) => Numbers(text, ExpectedGemm) is [int m, int n, int k]
        ? new(m, n, k)
        : throw NumberText.Unusable("--shape", $"'{text}'", ExpectedGemm);

    private static LstmBenchmarkShape One(string text) => Numbers(text, Expected) switch
    {
        [int t, int b, int i, int h, int l] => new(t, b, i, h, l),
        [int t, int b, int i, int h, int l, int d] => new(t, b, i, h, l, d),
        _ => throw NumberText.Unusable("--shape", $"'{text}'", Expected),
    };

    private static int[] Numbers(string text, string expected)
    {
        string[] parts = text.Split(',');
        int[] numbers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.Integer, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < 1)
            {
                throw NumberText.Unusable("--shape", $"'{text}'", expected);
            }
        }

        return numbers;
    }
}
