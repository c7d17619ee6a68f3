using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using Xunit;

namespace LstmGpu.Tests.Data.Tokens;

public sealed class TokenizerFileTests
{
    [Fact]
    public void Json_ReadsBackAsTheSameTokenizer()
    {
        string text = SampleTexts.Random(1, 400), other = SampleTexts.Random(2, 400);
        foreach (ITokenizer tokenizer in (ITokenizer[])
            [
                Vocabulary.FromRunes((text + other).EnumerateRunes()), WordTokenizer.FromCounts(PieceCounts.OfText(text), 50, 1),
                WordTokenizer.FromCounts(PieceCounts.OfText(text, lower: true), 50, 1), BytePairTraining.Run(PieceCounts.OfText(text), 100), new BytePairTokenizer(),
            ])
        {
            using TemporaryFile file = new(tokenizer.ToJson());
            ITokenizer loaded = TokenizerFile.Load(file.Path);
            Assert.Equal(tokenizer.GetType(), loaded.GetType());
            Assert.Equal(tokenizer.Encode(other), loaded.Encode(other));
            Assert.Equal(tokenizer.ToJson(), loaded.ToJson());
            Assert.Equal((tokenizer.Count, tokenizer.Unknown), (loaded.Count, loaded.Unknown));
        }
    }

    [Fact]
    public void Merges_AreWrittenInTheAlphabetOfGpt2()
    {
        BytePairTokenizer tokenizer = BytePairTraining.Run(PieceCounts.OfText("a to to to"), 2);
        Assert.Equal("{\n\"version\": 1,\n\"kind\": \"bpe\",\n\"merges\": [\n  \"Ġ t\", \"Ġt o\"\n]\n}\n", System.Text.Encoding.UTF8.GetString(tokenizer.ToJson()));
    }

    [Fact]
    public void List_OfPlainWords_GetsThemBehindASpaceAsWell()
    {
        using TemporaryFile file = new("""["<unk>", "the", "cat", "\n"]""");
        WordTokenizer words = WordTokenizer.LoadList(file.Path, lower: true);
        Assert.Equal([1, 5, 3, 4, 0], words.Encode("The cat\n the dog"));
        using TemporaryFile spaced = new("""["a", " b"]""");
        Assert.Equal(2, WordTokenizer.LoadList(spaced.Path, lower: false).Count);
    }

    [Theory]
    [InlineData("""{"kind": "word"}""", "has no \"version\": 1")]
    [InlineData("""{"version": 2, "kind": "word"}""", "has no \"version\": 1")]
    [InlineData("""{"version": 1, "kind": "sentence"}""", "has \"kind\": '\"sentence\"'")]
    [InlineData("""{"version": 1, "kind": "word", "lower": false}""", "has no \"tokens\"")]
    [InlineData("""{"version": 1, "kind": "word", "lower": 1, "tokens": ["a"]}""", "has \"lower\": '1'")]
    [InlineData("""{"version": 1, "kind": "word", "lower": false, "tokens": ["a", "b", "a"]}""", "holds 'a' twice, as entries 0 and 2")]
    [InlineData("""{"version": 1, "kind": "word", "lower": false, "tokens": ["a", ""]}""", "has an empty string as entry 1")]
    [InlineData("""{"version": 1, "kind": "word", "lower": false, "tokens": [1]}""", "has a JSON number as entry 0")]
    [InlineData("""{"version": 1, "kind": "word", "lower": false, "tokens": []}""", "has an empty array")]
    [InlineData("""{"version": 1, "kind": "bpe", "merges": ["a b", "ab d", "xy z"]}""", "has 'xy z' as merge 2, which does not name two tokens")]
    [InlineData("""{"version": 1, "kind": "bpe", "merges": ["ab"]}""", "has 'ab' as merge 0")]
    [InlineData("""{"version": 1, "kind": "bpe", "merges": {}}""", "has a JSON object where an array belongs")]
    [InlineData("{", "is not valid JSON (line 1)")]
    public void Load_SaysWhatIsWrong(string json, string found)
    {
        using TemporaryFile file = new(json);
        DataException refused = Assert.Throws<DataException>(() => TokenizerFile.Load(file.Path));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(file.Path, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }
}
