using System.Security.Cryptography;
using System.Text;
using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class TextCorpusTests
{
    private const int Block = 1 << 20;

    [Theory]
    [InlineData("é")]
    [InlineData("你")]
    [InlineData("😀")]
    public void Read_EqualsTheWholeDecode_WhereverABlockBorderCutsACharacter(string character)
    {
        int bytes = Encoding.UTF8.GetByteCount(character);
        for (int before = 1; before <= bytes; before++)
        {
            string text = string.Concat(
                new string('a', CorpusCursor.DefaultBufferBytes - before), character, "b",
                new string('c', Block - CorpusCursor.DefaultBufferBytes - bytes - 1), character, "d");
            AssertReads(text);
        }
    }

    [Fact]
    public void Read_EqualsTheWholeDecode_OnMixedTextAcrossLandmarks() => AssertReads(MixedText(300_000));

    [Theory]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(131_072)]
    public void Read_ReachesTheEnd_WhenTheLengthIsNearALandmark(int length) => AssertReads(MixedText(length));

    [Fact]
    public void Read_EqualsTheWholeDecode_WhenTheFileFillsItsBlocksExactly()
    {
        AssertReads(new string('a', Block - 3) + "你");
        AssertReads(new string('a', 2 * Block - 4) + "😀");
    }

    [Fact]
    public void Cursor_ReadsEveryCharacter_ThroughTheSmallestBuffer()
    {
        string text = MixedText(5_000);
        using TemporaryFile file = new(text);
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        CorpusCursor cursor = new(corpus, bufferBytes: 1);
        int[] ids = new int[corpus.Length];

        cursor.Read(ids);

        Assert.Equal(corpus.Vocabulary.Encode(text), ids);
        Assert.Equal(corpus.Length, cursor.Position);
    }

    [Fact]
    public void Open_DescribesTheFile()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("a你\r\n😀a");
        using TemporaryFile file = new(bytes);
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);

        Assert.Equal((6, bytes.Length), (corpus.Length, corpus.Bytes));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), corpus.Sha256);
        Assert.Equal(Vocabulary.FromRunes("\n\ra你😀".EnumerateRunes()), corpus.Vocabulary);
        Assert.Equal(file.Path, corpus.Path);
    }

    [Fact]
    public void Open_DoesNotTakeTheByteOrderMarkForText()
    {
        using TemporaryFile file = new("\uFEFFab\uFEFF");
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        int[] ids = new int[3];

        corpus.Read(0, ids);

        Assert.Equal((3, 8), (corpus.Length, corpus.Bytes));
        Assert.Equal([0, 1, 2], ids);
    }

    [Fact]
    public void Open_TakesTheIdsOfTheGivenVocabulary()
    {
        using TemporaryFile file = new("abba");
        using TextCorpus corpus = TextCorpus.Open(file.Path, Vocabulary.FromRunes("ab0".EnumerateRunes()));
        int[] ids = new int[2];

        corpus.Read(2, ids);

        Assert.Equal([2, 1], ids);
    }

    [Fact]
    public void Read_RefusesAPlaceOutsideTheText()
    {
        using TemporaryFile file = new("abc");
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);

        corpus.Read(3, []);
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Read(4, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Read(-1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Read(2, new int[2]));
    }

    [Fact]
    public void Read_AllocatesNothing()
    {
        using TemporaryFile file = new(MixedText(200_000));
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        int[] ids = new int[1000];
        corpus.Read(0, ids);
        corpus.Read(150_000, ids);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                corpus.Read(i * 78_787L % 199_000, ids);
            }
        }));
    }

    [Fact]
    public void Open_KeepsItsMemoryBounded_OnALargeFile()
    {
        using TemporaryFile file = new("");
        byte[] block = Encoding.UTF8.GetBytes(MixedText(1 << 18));
        using (FileStream stream = File.OpenWrite(file.Path))
        {
            while (stream.Length < 64 << 20)
            {
                stream.Write(block);
            }
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);

        // One block, one cursor buffer, the bitmap of seen characters and 8 bytes per 65,536 characters, with room for the vocabulary.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Block, 2 * Block);
        Assert.True(corpus.Bytes >= 64 << 20);
    }

    internal static string MixedText(int characters)
    {
        StringBuilder text = new();
        string[] alphabet = ["a", "b", " ", "\n", "é", "я", "你", "好", "😀", "𠀀"];
        uint state = 1;
        for (int i = 0; i < characters; i++)
        {
            state = state * 1664525 + 1013904223;
            text.Append(alphabet[(state >> 16) % (i / 5000 % 2 == 0 ? 4 : alphabet.Length)]);
        }

        return text.ToString();
    }

    private static void AssertReads(string text)
    {
        using TemporaryFile file = new(text);
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        int[] expected = corpus.Vocabulary.Encode(text);
        int[] ids = new int[expected.Length];
        corpus.Read(0, ids);
        Assert.Equal(expected, ids);

        uint state = 7;
        for (int i = 0; i < 60; i++)
        {
            state = state * 1664525 + 1013904223;
            int start = (int)(state % (uint)(expected.Length + 1));
            int count = Math.Min(1 + (int)(state >> 20), expected.Length - start);
            corpus.Read(start, ids.AsSpan(0, count));
            Assert.True(expected.AsSpan(start, count).SequenceEqual(ids.AsSpan(0, count)), $"characters [{start}, {start + count}) differ");
        }
    }
}
