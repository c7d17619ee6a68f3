using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class DataCommandTests
{
    [Fact]
    public void MakeAgreement_WritesTheSameTextToAFileAndToStdout()
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "a.txt");
        string[] arguments = ["data", "make", "agreement", "--seed", "3", "--sentences", "20"];
        (int code, string output, string error) = Shell.Run(arguments);

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(20, output.Count(c => c == '\n'));
        Assert.Equal((0, "", ""), Shell.Run([.. arguments, "--out", file]));
        Assert.Equal(output, File.ReadAllText(file));
        Assert.Single(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Theory]
    [InlineData("reber --strings 20", 20)]
    [InlineData("reber --embedded --strings 20", 20)]
    [InlineData("reber --invalid --strings 20", 20)]
    [InlineData("reber --invalid --embedded --strings 20", 20)]
    [InlineData("sentiment --reviews 20", 21)]
    public void MakeText_WritesTheSameLinesToAFileAndToStdout_AndOthersForAnotherSeed(string arguments, int lines)
    {
        using TemporaryDirectory directory = new();
        string file = Path.Combine(directory.Path, "made.txt");
        string[] words = ["data", "make", .. arguments.Split(' ')];
        (int code, string output, string error) = Shell.Run(words);

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(lines, output.Count(c => c == '\n'));
        Assert.Equal((0, "", ""), Shell.Run([.. words, "--seed", "1", "--out", file]));
        Assert.Equal(output, File.ReadAllText(file));
        Assert.NotEqual(output, Shell.Run([.. words, "--seed", "2"]).Output);
        Assert.Equal(2, Shell.Run([.. words, "--out", file]).Code);
    }

    [Fact]
    public void MakeAgreement_DoesNotOverwriteAFile()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Write("mine.txt", "mine");
        (int code, _, string error) = Shell.Run("data", "make", "agreement", "--out", file);

        Assert.Equal(2, code);
        Assert.Contains($"--out: found '{file}', expected the name of a file that does not exist", error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void MakeAgreement_RefusesNumbersOutOfRange()
    {
        (int code, _, string error) = Shell.Run("data", "make", "agreement", "--sentences", "0");

        Assert.Equal(2, code);
        Assert.Contains("--sentences: found '0', expected a whole number from 1 to 2147483647", error, StringComparison.Ordinal);
    }
}
