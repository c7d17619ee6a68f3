using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class AgreementSentenceTests
{
    [Theory]
    [InlineData("Ash says the tall girl hurt herself", "girl", "herself", 1)]
    [InlineData("Ash says Lou is a boy and we like him", "boy", "him", 3)]
    [InlineData("Ash says Lou is a man who met a girl , flew to Spain , ate rice and we all like him", "man", "him", 15)]
    [InlineData("Ash says Jo from France met a man , saw Spain and reads French", "France", "French", 8)]
    [InlineData("老王知道小安生在法国讲法语", "法国", "法语", 1)]
    [InlineData("老王知道小安是一个女孩，认识男人，大家都喜欢她", "女孩", "她", 11)]
    [InlineData("老王知道那个安静的女人爱她自己", "女人", "她自己", 1)]
    public void TryParse_FindsCueLastWordAndDistance(string line, string cue, string dependent, int distance)
    {
        Assert.True(AgreementSentence.TryParse(line, out AgreementSentence sentence));
        Assert.Equal((cue, dependent, dependent, distance), (sentence.Cue, sentence.Dependent, sentence.Expected, sentence.Distance));
        Assert.Equal(line.Length - dependent.Length, sentence.DependentStart);
    }

    [Fact]
    public void TryParse_SaysThatTheLastWordDisagrees()
    {
        Assert.True(AgreementSentence.TryParse("Ash says the tall girl met a man and hurt himself", out AgreementSentence sentence));
        Assert.False(sentence.Agrees);
        Assert.Equal("herself", sentence.Expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("To be, or not to be")]
    [InlineData("Ash says the tall girl hurt her")]
    [InlineData("Ash says the tall girl hurt herself ")]
    [InlineData("Ash says the tall girl hurt herself\n")]
    [InlineData("Ash says the tall girl danced and hurt herself")]
    [InlineData("老王知道小安生在法国讲法国")]
    public void TryParse_LeavesOtherLinesAlone(string line) => Assert.False(AgreementSentence.TryParse(line, out _));
}
