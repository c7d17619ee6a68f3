using System.Globalization;
using LstmGpu.Data.Vectors;
using LstmGpu.Tests.Cli;
using Xunit;

namespace LstmGpu.Tests.Data.Vectors;

public sealed class EmbeddingReaderTests
{
    [Theory]
    [InlineData("the 0.5 -1 2e-1\ncat 1 2 3\n")]
    [InlineData("the 0.5 -1 2e-1\ncat 1 2 3")]
    [InlineData("\uFEFFthe 0.5 -1 .2 \r\ncat 1 2 3 \r\n")]
    [InlineData("2 3\nthe 0.5 -1 0.2\ncat 1 2 3\n")]
    [InlineData("2 3 \r\nthe 0.5 -1 0.2 \r\ncat 1 2 3 \r\n")]
    public void Read_TakesEveryTextForm(string text)
    {
        using TemporaryFile file = new(text);
        AssertTheCat(EmbeddingReader.Read(file.Path));
    }

    [Fact]
    public void Read_TakesBinary_WithAndWithoutLineFeeds()
    {
        byte[] bytes = EmbeddingFiles.Binary("2 3\n", ("the", [0.5f, -1, 0.2f]), ("cat", [1, 2, 3]));
        int feed = 4 + 4 + 12;
        using TemporaryFile with = new(bytes), without = new([.. bytes[..feed], .. bytes[(feed + 1)..^1]]);
        AssertTheCat(EmbeddingReader.Read(with.Path));
        AssertTheCat(EmbeddingReader.Read(without.Path));
    }

    [Fact]
    public void Read_LetsAWordHoldSpaces_WhereItsPartsAreNoNumbers()
    {
        using TemporaryFile file = new(". . . 1 2\nat name@domain.com 3 4\n7 5 6\n");
        EmbeddingTable table = EmbeddingReader.Read(file.Path);
        Assert.Equal([". . .", "at name@domain.com", "7"], table.Words);
        Assert.Equal([5f, 6f], table.Rows[2]);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "line 1 has 0 fields")]
    [InlineData("the\n", "line 1 has 1 fields")]
    [InlineData("a 1 2\nb 3\n", "line 2 has 1 numbers, expected a word and 2 numbers")]
    [InlineData("a 1 2\nb 3 4 5\n", "line 2 has 3 numbers, expected a word and 2 numbers")]
    [InlineData("a 1 2\n\nb 3 4\n", "line 2 is empty, expected a word and 2 numbers")]
    [InlineData("a 1 2\nb 3 x\n", "line 2 has 'x' as number 2, expected a finite number")]
    [InlineData("a 1 2\nb 0,5 3\n", "line 2 has '0,5' as number 1")]
    [InlineData("a 1 2\nb 1 NaN\n", "line 2 has 'NaN' as number 2")]
    [InlineData("a 1 2\nb 1e39 1\n", "line 2 has '1e39' as number 1")]
    [InlineData("a 1 2\nb 1 2\na 3 4\n", "line 3 has the word 'a' again, first in line 1")]
    [InlineData("a 1 2\n 1 2\n", "line 2 has no word before its numbers")]
    [InlineData("2 2\na 1 2\nb 1\n", "line 3 has 1 numbers")]
    [InlineData("2 2\na 1 2\n", "line 1 promises 2 words, the file has 1")]
    [InlineData("1 2\na 1 2\nb 1 2\n", "line 1 promises 1 words, the file has 2")]
    [InlineData("0 2\n", "line 1 says 0 words of 2 numbers")]
    [InlineData("1 99999999999\na 1", "line 1 says 1 words of 99999999999 numbers")]
    public void Read_SaysWhichLineIsWrong(string text, string found)
    {
        using TemporaryFile file = new(text);
        Refused(file, found);
    }

    [Fact]
    public void Read_SaysWhichWordOfABinaryFileIsWrong()
    {
        byte[] whole = EmbeddingFiles.Binary("2 3\n", ("the", [0.5f, -1, 0.2f]), ("cat", [1, 2, 3]));
        using TemporaryFile cut = new(whole.AsSpan(0, whole.Length - 3)), cutWord = new(whole.AsSpan(0, whole.Length - 14));
        Refused(cut, "word 2 has 10 bytes of numbers before the file ends, expected 12");
        Refused(cutWord, "word 2 is missing or has no space after it, expected 2 words of 3 numbers");
        using TemporaryFile again = new(EmbeddingFiles.Binary("2 1\n", ("the", [0.1f]), ("the", [0.1f])));
        Refused(again, "word 2 has the word 'the' again, first in word 1");
        using TemporaryFile infinite = new(EmbeddingFiles.Binary("1 2\n", ("the", [0.1f, float.NaN])));
        Refused(infinite, "word 1 has NaN as number 2");
        using TemporaryFile more = new(EmbeddingFiles.Binary("1 1\n", ("the", [0.1f]), ("cat", [0.1f])));
        Refused(more, "word 1 is the last that the first line promises, but the file goes on");
    }

    [Fact]
    public void Read_RefusesAWordThatIsNotUtf8_AndAFileThatIsNone()
    {
        using TemporaryFile file = new([.. "a 1 2\n"u8, 0xC3, (byte)' ', .. "1 2\n"u8]);
        Refused(file, "line 2 has a word that is not valid UTF-8");
        using TemporaryFile none = new(new string('x', EmbeddingBytes.LongestLine + 1));
        Refused(none, "has a line of more than");
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => EmbeddingReader.Read(file.Path + ".none")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Glove")]
    [InlineData("Word2Vec")]
    [InlineData("Word2VecBinary")]
    public void Write_AndRead_KeepEveryBit(string format)
    {
        Random random = new(1);
        string[] words = ["the", " the", "\n", "café", "你", "😀", "7", "1e5", "a\u00A0b"];
        float[][] rows = [.. words.Select(_ => Enumerable.Range(0, 5).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-40, 38)))).ToArray())];
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "vectors");
        EmbeddingWriter.Write(path, new EmbeddingTable(words, rows, 5), Enum.Parse<EmbeddingFormat>(format));
        EmbeddingTable read = EmbeddingReader.Read(path);
        Assert.Equal(["the", "▁the", "\\u000A", "café", "你", "😀", "7", "1e5", "a\\u00A0b"], read.Words);
        Assert.Equal(rows.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits), read.Rows.SelectMany(row => row).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Write_RefusesWordsThatWouldBeAlike()
    {
        using TemporaryDirectory directory = new();
        string path = Path.Combine(directory.Path, "vectors");
        DataException refused = Assert.Throws<DataException>(() => EmbeddingWriter.Write(path, new EmbeddingTable([" a", "▁a"], [[1], [2]], 1), EmbeddingFormat.Glove));
        Assert.Contains("'▁a'", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Read_KeepsItsMemoryBounded_WhereFewWordsAreWanted()
    {
        using TemporaryFile file = new("");
        using (StreamWriter writer = new(file.Path))
        {
            string numbers = string.Join(' ', Enumerable.Range(0, 250).Select(i => (i * 0.001 - 0.1).ToString("F4", CultureInfo.InvariantCulture)));
            for (int line = 0; writer.BaseStream.Length < 50 << 20; line++)
            {
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"w{line} {numbers}\n"));
            }
        }

        HashSet<string> wanted = ["w7", "w20000"];
        long before = GC.GetAllocatedBytesForCurrentThread();
        EmbeddingTable table = EmbeddingReader.Read(file.Path, wanted);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(["w7", "w20000"], table.Words);

        // The buffer, and a string and an entry of the table of hashes for each of 30,000 words
        Assert.InRange(allocated, 1 << 18, 12 << 20);
    }

    private static void AssertTheCat(EmbeddingTable table)
    {
        Assert.Equal(["the", "cat"], table.Words);
        Assert.Equal([0.5f, -1f, 0.2f, 1f, 2f, 3f], table.Rows.SelectMany(row => row));
        Assert.Equal((3, 1, -1), (table.Width, table.Find("cat"), table.Find("The")));
    }

    private static void Refused(TemporaryFile file, string found)
    {
        DataException refused = Assert.Throws<DataException>(() => EmbeddingReader.Read(file.Path));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(file.Path, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }
}
