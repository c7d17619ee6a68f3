using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void OneHot_IsOneAtTheTokenAndZeroElsewhere(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int vocabulary) in AwkwardSizes.Pairs(device))
        {
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            Near.Equal($"rows={rows} V={vocabulary}", ReferenceDense.OneHot(rows, vocabulary, tokens), backend.OneHot(rows, vocabulary, tokens), 0);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void EmbeddingForward_CopiesTheRowsOfTheTokens(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
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
        foreach ((int rows, int width, int vocabulary) in AwkwardSizes.Embeddings(device))
        {
            UniformInputs uniform = new(32);
            int[] tokens = AwkwardSizes.Tokens(rows, vocabulary);
            float[] dx = uniform.Floats(rows * width);
            float[] dWeight = uniform.Floats(vocabulary * width);
            double[] expected = ReferenceDense.EmbeddingBackward(rows, width, tokens, dx.ToDoubles(), dWeight.ToDoubles());
            Near.Equal(
                $"rows={rows} width={width} V={vocabulary}",
                expected,
                backend.EmbeddingBackward(rows, width, tokens, dx, dWeight),
                Tolerances.EmbeddingBackward(width, vocabulary, tokens));
        }
    }
}
