using LstmGpu.Devices;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void OneHot_IsOneAtTheTokenAndZeroElsewhere(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in Pairs())
        {
            int[] tokens = Tokens(rows, vocabulary);
            Near.Equal($"rows={rows} V={vocabulary}", ReferenceDense.OneHot(rows, vocabulary, tokens), backend.OneHot(rows, vocabulary, tokens), 0);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void EmbeddingForward_CopiesTheRowsOfTheTokens(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int width, int vocabulary) in EmbeddingShapes())
        {
            int[] tokens = Tokens(rows, vocabulary);
            float[] weight = new UniformInputs(31).Floats(vocabulary * width);
            double[] expected = ReferenceDense.EmbeddingForward(rows, width, tokens, weight.ToDoubles());
            Near.Equal($"rows={rows} width={width} V={vocabulary}", expected, backend.EmbeddingForward(rows, width, tokens, weight), 0);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void EmbeddingBackward_AddsRepeatedTokensOntoWhatIsThere(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int width, int vocabulary) in EmbeddingShapes())
        {
            UniformInputs uniform = new(32);
            int[] tokens = Tokens(rows, vocabulary);
            float[] dx = uniform.Floats(rows * width);
            float[] dWeight = uniform.Floats(vocabulary * width);
            double[] expected = ReferenceDense.EmbeddingBackward(rows, width, tokens, dx.ToDoubles(), dWeight.ToDoubles());
            int[] uses = new int[vocabulary];
            foreach (int token in tokens)
            {
                uses[token]++;
            }
            // uses + 1 terms of at most 1: ‖terms‖ ≤ √(uses + 1). A row that no token names keeps its bits.
            Near.Equal(
                $"rows={rows} width={width} V={vocabulary}",
                expected,
                backend.EmbeddingBackward(rows, width, tokens, dx, dWeight),
                n => uses[n / width] == 0 ? 0 : C * (uses[n / width] + 1) * U);
        }
    }

    private static IEnumerable<(int Rows, int Width, int Vocabulary)> EmbeddingShapes() =>
        Pairs().SelectMany(pair => new[] { 1, 7, 65 }.Select(vocabulary => (pair.Rows, pair.Columns, vocabulary)));

    /// <summary>Random tokens among which the first and the last of the vocabulary occur.</summary>
    private static int[] Tokens(int rows, int vocabulary)
    {
        int[] tokens = new UniformInputs(33).Integers(rows, vocabulary);
        tokens[0] = 0;
        tokens[^1] = vocabulary - 1;
        return tokens;
    }
}
