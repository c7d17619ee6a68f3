using LstmGpu.Data.Tokens;
using LstmGpu.Data.Vectors;
using Xunit;

namespace LstmGpu.Tests.Data.Vectors;

public sealed class PretrainedEmbeddingTests
{
    [Fact]
    public void Fill_TakesTheSpeltWord_ThenItsLowerCase_AndLeavesTheRest()
    {
        using TemporaryFile file = new("the 1 2\nThe 3 4\nking 5 6\nunused 7 8\n");
        WordTokenizer words = new(["<unk>", "The", " the", "THE", " King", "king", "\n"], lower: false);
        float[] weight = [.. Enumerable.Repeat(-9f, 14)];
        PretrainedEmbedding vectors = PretrainedEmbedding.Load(file.Path, words, 2);
        vectors.Fill(weight);
        EmbeddingCoverage coverage = vectors.Coverage;
        Assert.Equal([-9, -9, 3, 4, 1, 2, 1, 2, 5, 6, 5, 6, -9, -9], weight);
        Assert.Equal((7, 5, 2), (coverage.Tokens, coverage.Found, coverage.LowerCase));
        Assert.Equal(["<unk>", "\n"], coverage.Missing);
    }

    [Fact]
    public void Load_RefusesAnotherWidth()
    {
        using TemporaryFile file = new("the 1 2\n");
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => PretrainedEmbedding.Load(file.Path, new WordTokenizer(["the"], false), 3));
        Assert.Contains("vectors of 2 numbers, the model's embedding has 3; use --embedding 2", refused.Message, StringComparison.Ordinal);
    }
}
