using System.Text;
using LstmGpu.Data;
using Xunit;

namespace LstmGpu.Tests.Data;

public sealed class TextCorpusRefusalTests
{
    [Theory]
    [InlineData("ab\nc\u00FF", "FF at byte 4 (line 2, column 2)")]                         // a byte that no UTF-8 holds
    [InlineData("a\u00C0\u0080", "C0 at byte 1 (line 1, column 2)")]                       // overlong NUL
    [InlineData("a\u00ED\u00A0\u0080", "ED at byte 1 (line 1, column 2)")]                 // a surrogate
    [InlineData("\u00F4\u0090\u0080\u0080", "F4 at byte 0 (line 1, column 1)")]            // above U+10FFFF
    [InlineData("a\u00E4\u00BDb", "E4BD at byte 1 (line 1, column 2)")]                    // cut by the next character
    [InlineData("\u00E4\u00BD\u00A0\n\u00F0\u009F\u0098", "F09F98 at byte 4 (line 2, column 1)")] // cut by the end
    [InlineData("\u00EF\u00BB\u00BFa\u0080", "80 at byte 4 (line 1, column 2)")]           // after a byte order mark
    public void Open_NamesTheBytesThatAreNotUtf8(string latin1, string found) => AssertRefused(Encoding.Latin1.GetBytes(latin1), found, "is not valid UTF-8", "iconv");

    [Theory]
    [InlineData("\u00FF\u00FEa\0")]
    [InlineData("\u00FE\u00FF\0a")]
    [InlineData("\u00FF\u00FE\0\0a\0\0\0")]
    [InlineData("\0\0\u00FE\u00FF\0\0\0a")]
    public void Open_RefusesTheMarksOfOtherEncodings(string latin1) => AssertRefused(Encoding.Latin1.GetBytes(latin1), "byte order mark of UTF-16 or UTF-32", "convert the file to UTF-8");

    [Fact]
    public void Open_RefusesNulBytes() => AssertRefused([(byte)'a', (byte)'b', 0, (byte)'c'], "NUL byte at byte 2", "binary or UTF-16");

    [Fact]
    public void Open_FindsABadByte_FarBehindTheFirstBlock()
    {
        byte[] bytes = new byte[3_000_000];
        Array.Fill(bytes, (byte)'a');
        bytes[999] = (byte)'\n';
        bytes[^1] = 0xE4;
        AssertRefused(bytes, "E4 at byte 2999999 (line 2, column 2999000)");
    }

    [Fact]
    public void Open_NamesTheCharacterOutsideTheVocabulary()
    {
        using TemporaryFile file = new("ab\nb你a");

        DataException refused = Assert.Throws<DataException>(() => TextCorpus.Open(file.Path, Vocabulary.FromRunes("ab\n".EnumerateRunes())));

        Assert.Contains("'你' (U+4F60) at line 2, column 2", refused.Message);
        Assert.Contains("3 characters", refused.Message);
    }

    [Fact]
    public void Open_RefusesAnEmptyFile()
    {
        AssertRefused([], "is empty");
        AssertRefused(Encoding.UTF8.Preamble, "is empty");
    }

    [Fact]
    public void Open_TellsMissingFileAndDirectoryApart()
    {
        string directory = Path.GetTempPath();
        Assert.Contains("is a directory", Assert.Throws<DataException>(() => TextCorpus.Open(directory, null)).Message);
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => TextCorpus.Open(Path.Combine(directory, $"{Guid.NewGuid():N}"), null)).Message);
        Assert.Contains("does not exist", Assert.Throws<DataException>(() => TextCorpus.Open(Path.Combine(directory, $"{Guid.NewGuid():N}", "x"), null)).Message);
        Assert.Contains("cannot be opened", Assert.Throws<DataException>(() => TextCorpus.Open("", null)).Message);
    }

    [SkippableFact]
    public void Open_RefusesAFileThatThisUserMayNotRead()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "permission bits do not bind this user");
        using TemporaryFile file = new("abc");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.Path, UnixFileMode.None);
        }

        Assert.Contains("may not be read", Assert.Throws<DataException>(() => TextCorpus.Open(file.Path, null)).Message);
    }

    [Fact]
    public void Read_NoticesThatTheFileWasCutShort()
    {
        using TemporaryFile file = new(new string('a', 200_000));
        using TextCorpus corpus = TextCorpus.Open(file.Path, null);
        using (FileStream other = new(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(100);
        }

        Assert.Contains("no longer holds the text", Assert.Throws<DataException>(() => corpus.Read(0, new int[200_000])).Message);
    }

    private static void AssertRefused(ReadOnlySpan<byte> content, params string[] found)
    {
        using TemporaryFile file = new(content);

        DataException refused = Assert.Throws<DataException>(() => TextCorpus.Open(file.Path, null));

        Assert.All([.. found, file.Path], part => Assert.Contains(part, refused.Message));
        Assert.DoesNotContain('\n', refused.Message);
    }
}
