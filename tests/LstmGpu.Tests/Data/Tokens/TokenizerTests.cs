using System.Globalization;
using System.Text;
using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using Xunit;

namespace LstmGpu.Tests.Data.Tokens;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData("To be, or not", "To| be|,| or| not")]
    [InlineData("don't 'tis o’er it's'", "don't| '|tis| o’er| it's|'")]
    [InlineData("a\n\nb\r\nc", "a|\n|\n|b|\r|\n|c")]
    [InlineData("a   b \n", "a| | | b| |\n")]
    [InlineData("我喜欢 GPU 2号", "我|喜|欢| GPU| 2|号")]
    [InlineData("かな カナ", "か|な| カ|ナ")]
    [InlineData("e\u0301te\u0301 x_1", "e\u0301te\u0301| x_1")]
    [InlineData("1,000 мир😀😀", "1|,|000| мир|😀|😀")]
    [InlineData(" ", " ")]
    [InlineData("\u00A0a", "\u00A0|a")]
    public void Pieces_FollowTheRule(string text, string pieces)
    {
        WordTokenizer words = Words(text);
        Assert.Equal(pieces.Split('|'), words.Encode(text).Select(words.Symbol));
    }

    [Fact]
    public void Words_AreCutAfter128Bytes()
    {
        string text = " " + new string('a', 300);
        WordTokenizer words = Words(text);
        Assert.Equal([129, 128, 44], words.Encode(text).Select(id => words.Symbol(id).Length));
    }

    [Fact]
    public void Decode_GivesEveryTextBack()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            string text = SampleTexts.Random(seed, 60);
            foreach (ITokenizer tokenizer in (ITokenizer[])[Words(text), BytePairTraining.Run(PieceCounts.OfText(SampleTexts.Random(seed + 1, 60)), seed), Vocabulary.FromRunes(text.EnumerateRunes())])
            {
                Assert.Equal(text, TokenDecoder.Text(tokenizer, tokenizer.Encode(text)));
            }
        }
    }

    [Fact]
    public void Words_OutsideTheVocabulary_AreUnknown_OrRefusedWhereThereIsNoSuchToken()
    {
        WordTokenizer words = WordTokenizer.FromCounts(PieceCounts.OfText("a a a b b c"), size: 10, minimumCount: 2);
        Assert.Equal(["<unk>", " a", " b"], Enumerable.Range(0, words.Count).Select(words.Symbol));
        Assert.Equal([0, 1, 0], words.Encode("x a y"));
        Assert.Equal("<unk> a", TokenDecoder.Text(words, words.Encode("x a")));
        DataException refused = Assert.Throws<DataException>(() => new WordTokenizer(["a", " b"], lower: false).Encode("a c"));
        Assert.Contains("' c' at token 1 of the text is not among the 2 tokens", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(0, Words("<unk>").Encode("<unk>"));
        Assert.Contains("U+D800", Assert.Throws<DataException>(() => words.Encode("a\uD800")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromCounts_TakesTheMostFrequent_AndOfEqualsTheFirstByBytes()
    {
        WordTokenizer words = WordTokenizer.FromCounts(PieceCounts.OfText("b,b,a,c,c,"), size: 4, minimumCount: 1);
        Assert.Equal(["<unk>", ",", "b", "c"], Enumerable.Range(0, words.Count).Select(words.Symbol));
        Assert.Throws<ConfigurationException>(() => WordTokenizer.FromCounts(PieceCounts.OfText("a"), 1, 1));
    }

    [Fact]
    public void Lower_FoldsTheTextButNothingElse()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("tr-TR");
            string text = "The IDEA, ÉTÉ Ⱥ";
            WordTokenizer words = WordTokenizer.FromCounts(PieceCounts.OfText(text, lower: true), 100, 1);
            Assert.Equal("the idea, été ⱥ", TokenDecoder.Text(words, words.Encode(text)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void BytePairs_AreThoseOfAPlainCount()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            PieceCounts counts = PieceCounts.OfText(SampleTexts.Random(seed, 200));
            Assert.Equal(PlainMerges(counts, 60), BytePairTraining.Run(counts, 60).Merges);
        }
    }

    [Fact]
    public void BytePairs_StopWhereNothingOccursTwice()
    {
        BytePairTokenizer tokenizer = BytePairTraining.Run(PieceCounts.OfText("abab"), 100);
        Assert.Equal([('a', 'b')], tokenizer.Merges.Select(merge => ((char)merge.Left, (char)merge.Right)));
        Assert.Equal([256, 256, 'c'], tokenizer.Encode("ababc"));
        Assert.Throws<ConfigurationException>(() => BytePairTraining.Run(PieceCounts.OfText("a"), -1));
    }

    [Fact]
    public void Decoder_WaitsForTheWholeCharacter()
    {
        TokenDecoder decoder = new(new BytePairTokenizer());
        Assert.Equal(["", "", "你", "a", ""], new[] { 0xE4, 0xBD, 0xA0, 'a', 0xF0 }.Select(decoder.Next));
        Assert.Equal("\uFFFD", decoder.End());
    }

    [Fact]
    public void Counts_StayBounded_AndForgetTheRarest()
    {
        StringBuilder text = new();
        for (int n = 0; n < 1000; n++)
        {
            text.Append(CultureInfo.InvariantCulture, $"the {n}\n");
        }

        using TemporaryFile file = new(text.ToString());
        PieceCounts counts = PieceCounts.OfFile(file.Path, mostPieces: 50);
        Assert.InRange(counts.Count, 2, 50);
        Assert.Equal(1000, counts.Single(count => count.Key.AsSpan().SequenceEqual("the"u8)).Value);
    }

    [Fact]
    public void Counts_OfTheFirstShare_LeaveTheRestOut()
    {
        using TemporaryFile file = new("aa bb cc dd ");
        Assert.Equal(["aa", " bb"], PieceCounts.OfFile(file.Path, share: 0.4).Select(count => Encoding.UTF8.GetString(count.Key)));
    }

    private static WordTokenizer Words(string text) => WordTokenizer.FromCounts(PieceCounts.OfText(text), 100_000, 1);

    // The definition: count all pairs anew for each merge.
    private static List<(int, int)> PlainMerges(PieceCounts counts, int merges)
    {
        List<(List<int> Ids, long Count)> words = [.. counts.Select(c => (c.Key.Select(value => (int)value).ToList(), c.Value))];
        List<byte[]> tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value })];
        List<(int, int)> found = [];
        while (found.Count < merges)
        {
            var pairs = words.SelectMany(w => w.Ids.Zip(w.Ids.Skip(1)).Select(pair => (pair, w.Count))).GroupBy(p => p.pair, p => p.Count);
            var best = pairs.Select(group => (group.Key, Sum: group.Sum())).OrderByDescending(p => p.Sum).ThenBy(p => p.Key).FirstOrDefault();
            if (best.Sum < 2)
            {
                break;
            }

            found.Add(best.Key);
            byte[] joined = [.. tokens[best.Key.First], .. tokens[best.Key.Second]];
            int id = tokens.FindIndex(token => token.SequenceEqual(joined));
            if (id < 0)
            {
                id = tokens.Count;
                tokens.Add(joined);
            }

            foreach ((List<int> ids, _) in words)
            {
                for (int i = 0; i + 1 < ids.Count; i++)
                {
                    if ((ids[i], ids[i + 1]) == best.Key)
                    {
                        ids[i] = id;
                        ids.RemoveAt(i + 1);
                    }
                }
            }
        }

        return found;
    }
}
