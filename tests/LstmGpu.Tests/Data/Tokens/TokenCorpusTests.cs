using System.Text;
using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using Xunit;

namespace LstmGpu.Tests.Data.Tokens;

public sealed class TokenCorpusTests
{
    private const int Landmark = 1 << TokenScan.LandmarkBits;

    public static TheoryData<string> Kinds => ["word", "bpe"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cursor_EqualsTheWholeText_FromAnyPlace(string kind)
    {
        string text = SampleTexts.Random(3, 120_000);
        PieceTokenizer tokenizer = Tokenizer(kind, SampleTexts.Random(4, 2000));
        int[] ids = tokenizer.Encode(text);
        Assert.True(ids.Length > 2 * Landmark);
        using TemporaryFile file = new(text.StartsWith('\uFEFF') ? "x" + text : text);
        using TokenCorpus corpus = TokenCorpus.Open(file.Path, tokenizer);
        Assert.Equal((ids.Length, text.EnumerateRunes().Count(), ids.Count(id => id == tokenizer.Unknown)), (corpus.Length, corpus.Characters, corpus.Unknown));

        int[] whole = new int[ids.Length];
        corpus.Cursor().Read(whole);
        Assert.Equal(ids, whole);
        foreach (ITokenCursor cursor in (ITokenCursor[])[corpus.Cursor(), corpus.Cursor(bufferBytes: 1)])
        {
            Random random = new(5);
            int[] places = [Landmark - 1, Landmark, Landmark + 1, 2 * Landmark, 0, ids.Length, Landmark, Landmark + 300, .. Enumerable.Range(0, 30).Select(_ => random.Next(ids.Length))];
            foreach (int place in places)
            {
                int[] part = new int[Math.Min(1 + random.Next(400), ids.Length - place)];
                cursor.Seek(place);
                cursor.Read(part);
                Assert.True(ids.AsSpan(place, part.Length).SequenceEqual(part), $"tokens [{place}, {place + part.Length}) differ");
                Assert.Equal(place + part.Length, cursor.Position);
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => cursor.Seek(ids.Length + 1));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Reading_AllocatesNothing(string kind)
    {
        using TemporaryFile file = new(SampleTexts.Random(6, 30_000));
        using TokenCorpus corpus = TokenCorpus.Open(file.Path, Tokenizer(kind, SampleTexts.Random(7, 500)));
        StreamWindows windows = new(corpus, 0, corpus.Length, batch: 8, bptt: 50);
        int[] inputs = new int[400], targets = new int[400];
        windows.Read(0, inputs, targets);
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (long window = 0; window < windows.WindowsPerEpoch; window += 7)
            {
                windows.Read(window, inputs, targets);
                windows.Read(window * 37 % windows.WindowsPerEpoch, inputs, targets);
            }
        }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Windows_AreThoseOfTheTokens(string kind)
    {
        string text = SampleTexts.Random(8, 3000)[1..];
        PieceTokenizer tokenizer = Tokenizer(kind, text);
        int[] ids = tokenizer.Encode(text);
        using TemporaryFile file = new(text);
        using TokenCorpus corpus = TokenCorpus.Open(file.Path, tokenizer);
        StreamWindows windows = new(corpus, 5, ids.Length - 5, batch: 3, bptt: 7);
        int stream = (ids.Length - 5) / 3;
        int[] inputs = new int[21], targets = new int[21];
        foreach (int window in (int[])[0, 1, (int)windows.WindowsPerEpoch - 1, 3])
        {
            windows.Read(window, inputs, targets);
            for (int at = 0; at < 21; at++)
            {
                int place = 5 + (at % 3 * stream) + (window * 7) + (at / 3);
                Assert.Equal((ids[place], ids[place + 1]), (inputs[at], targets[at]));
            }
        }

        DataException refused = Assert.Throws<DataException>(() => new StreamWindows(corpus, 0, 20, batch: 4, bptt: 10));
        Assert.Contains($"found 20 of its {ids.Length} tokens for 4 streams of 11, need at least 44", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RefusesAWordOutsideAClosedVocabulary_WithItsPlace()
    {
        using TemporaryFile file = new("a b\na x\n");
        DataException refused = Assert.Throws<DataException>(() => TokenCorpus.Open(file.Path, new WordTokenizer(["a", " b", "\n"], lower: false)));
        Assert.Contains($"' x' at line 2, column 2 of data file '{file.Path}' is not among the 3 tokens", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TakesALoneByteOrderMarkForAnEmptyText_AndOneBeforeTextForNone()
    {
        using TemporaryFile mark = new([0xEF, 0xBB, 0xBF]), text = new("\uFEFFa b");
        Assert.Contains("is empty", Assert.Throws<DataException>(() => TokenCorpus.Open(mark.Path, new BytePairTokenizer())).Message, StringComparison.Ordinal);
        using TokenCorpus corpus = TokenCorpus.Open(text.Path, new BytePairTokenizer());
        int[] ids = new int[3];
        corpus.Cursor().Read(ids);
        Assert.Equal(['a', ' ', 'b'], ids);
        Assert.Equal(3, corpus.Length);
    }

    [Fact]
    public void Open_KeepsItsMemoryBounded_OnALargeFile()
    {
        using TemporaryFile file = new("");
        byte[] block = Encoding.UTF8.GetBytes(SampleTexts.Random(9, 20_000));
        using (FileStream stream = File.OpenWrite(file.Path))
        {
            while (stream.Length < 16 << 20)
            {
                stream.Write(block);
            }
        }

        PieceTokenizer tokenizer = Tokenizer("word", SampleTexts.Random(9, 2000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        using TokenCorpus corpus = TokenCorpus.Open(file.Path, tokenizer);

        // The block and the bitmap of the character pass, a window, and 16 bytes per 4,096 tokens.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1 << 20, 2 << 20);
    }

    private static PieceTokenizer Tokenizer(string kind, string text) => kind == "word"
        ? WordTokenizer.FromCounts(PieceCounts.OfText(text), 100, 1)
        : BytePairTraining.Run(PieceCounts.OfText(text), 100);
}
