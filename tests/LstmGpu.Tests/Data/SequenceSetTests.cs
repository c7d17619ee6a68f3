using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

/// <summary>How examples are laid out as a batch, and the vocabularies beside them.</summary>
public sealed class SequenceSetTests
{
    [Fact]
    public void Tokens_AreLaidOutTimeMajorAndPadded()
    {
        SequenceSet set = SequenceSet.OfTaggedTokens([[1, 2, 3], [4], [5, 6]], [[10, 20, 30], [40], [50, 60]]);
        int[] ids = new int[6], labels = new int[6], lengths = new int[3];

        set.CopyTokens([2, 0], 2, ids);
        set.CopyStepLabels([2, 0], 2, labels, none: -1);
        set.CopyLengths([2, 0], lengths);

        Assert.Equal([5, 1, 6, 2, 0, 3], ids);
        Assert.Equal([50, 10, 60, 20, -1, 30], labels);
        Assert.Equal([2, 3, 0], lengths);
        Assert.Equal(3, set.LongestOf([2, 0]));
        Assert.True(set.HasStepLabels);
    }

    [Fact]
    public void Features_AreLaidOutTimeMajorAndPadded()
    {
        SequenceSet set = SequenceSet.OfFeatures([[1, 2, 3, 4], [5, 6]], featureCount: 2, [7, 8]);
        float[] values = [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
        int[] labels = new int[3];

        set.CopyFeatures([1, 0], 3, values);
        set.CopyLabels([1, 0], labels, none: -1);

        Assert.Equal([5, 6, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0], values);
        Assert.Equal([8, 7, -1], labels);
        Assert.Equal([2, 1], set.Lengths);
    }

    [Fact]
    public void Subset_KeepsWhatBelongsTogether()
    {
        SequenceSet set = SequenceSet.OfTokens([[1], [2, 3], [4]], [10, 20, 30]).Subset([2, 1]);
        int[] labels = new int[2];
        set.CopyLabels([0, 1], labels, none: -1);

        Assert.Equal([1, 2], set.Lengths);
        Assert.Equal([30, 20], labels);
        Assert.False(set.HasStepLabels);
    }

    [Fact]
    public void Vocabularies_ReadBackWhatTheyWrote()
    {
        LabelVocabulary labels = LabelVocabulary.FromLabels(["ü", "b", "a", "b"], "data");
        TokenVocabulary tokens = TokenVocabulary.FromTraining(["y", "x", "y", "\n", "\n", "é", "é"], minimumCount: 2);
        using TemporaryFile labelFile = new(labels.ToJson()), tokenFile = new(tokens.ToJson());

        LabelVocabulary labelsAgain = LabelVocabulary.Load(labelFile.Path);
        TokenVocabulary tokensAgain = TokenVocabulary.Load(tokenFile.Path);

        Assert.Equal(["a", "b", "ü"], Enumerable.Range(0, labelsAgain.Count).Select(id => labelsAgain[id]));
        Assert.Equal([1, 0, 3, 2, 3], tokens.Encode(["y", "\n", "x", "é", "never seen"]));
        Assert.Equal(tokens.Encode(["y", "x", "\n", "é"]), tokensAgain.Encode(["y", "x", "\n", "é"]));
        Assert.Equal((4, 3, "<unk>"), (tokensAgain.Count, tokensAgain.Unknown, tokensAgain.Symbol(3)));
    }

    [Theory]
    [InlineData("[\"a\", \"a\"]", "twice")]
    [InlineData("[]", "an empty array")]
    [InlineData("{}", "no such JSON")]
    [InlineData("[\"a\", null]", "null or a string that stands twice")]
    public void Vocabulary_ThatIsNone_IsRefused(string json, string found)
    {
        using TemporaryFile file = new(json);

        DataException refused = Assert.Throws<DataException>(() => LabelVocabulary.Load(file.Path));

        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_ThatIsUnknown_IsRefusedWithTheNearest()
    {
        LabelVocabulary labels = LabelVocabulary.FromLabels(["German", "Greek"], "data");

        Assert.Contains("did you mean 'German'?", Assert.Throws<DataException>(() => labels.Require("Germn", "x, line 3")).Message, StringComparison.Ordinal);
        Assert.Contains("one label, 'a'", Assert.Throws<DataException>(() => LabelVocabulary.FromLabels(["a"], "data")).Message, StringComparison.Ordinal);
    }
}
