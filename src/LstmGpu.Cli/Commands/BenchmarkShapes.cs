using System.Globalization;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>Reads <c>T,B,I,H,L[,D]</c>.</summary>
internal static class BenchmarkShapes
{
    private const string Expected = "T,B,I,H,L or T,B,I,H,L,D, whole numbers of at least 1, such as 64,32,128,128,1";

    /// <exception cref="ConfigurationException">Not five or six whole numbers of at least 1.</exception>
    public static IReadOnlyList<LstmBenchmarkShape> Read(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => text.Split(';', StringSplitOptions.TrimEntries)).Select(One)];

    private static LstmBenchmarkShape One(string text)
    {
        string[] parts = text.Split(',');
        int[] n = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.Integer, CultureInfo.InvariantCulture, out n[i]) || n[i] < 1)
            {
                throw NumberText.Unusable("--shape", $"'{text}'", Expected);
            }
        }

        return n.Length switch
        {
            5 => new(n[0], n[1], n[2], n[3], n[4]),
            6 => new(n[0], n[1], n[2], n[3], n[4], n[5]),
            _ => throw NumberText.Unusable("--shape", $"'{text}'", Expected),
        };
    }
}
