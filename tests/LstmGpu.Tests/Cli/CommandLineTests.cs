using System.CommandLine;
using LstmGpu.Cli;
using Xunit;

namespace LstmGpu.Tests.Cli;

public sealed class CommandLineTests
{
    public static TheoryData<string> Commands()
    {
        TheoryData<string> paths = [];
        Add(CommandLine.Build(new CommandContext(TextWriter.Null, TextWriter.Null, false, false, default)), "");
        return paths;

        void Add(Command command, string path)
        {
            paths.Add(path);
            foreach (Command sub in command.Subcommands)
            {
                Add(sub, $"{path} {sub.Name}".Trim());
            }
        }
    }

    public static TheoryData<Exception, int> Failures() => new()
    {
        { new ConfigurationException("c"), 2 },
        { new DataException("d"), 3 },
        { new FileNotFoundException("f"), 3 },
        { new IOException("No space left on device"), 3 },
        { new UnauthorizedAccessException("u"), 3 },
        { new DeviceException("d"), 4 },
        { new OutOfMemoryException(), 4 },
        { new InsufficientMemoryException(), 4 },
        { new DivergedException("n"), 5 },
        { new OperationCanceledException(), 130 },
        { new AggregateException(new DeviceException("inside")), 4 },
        { new InvalidOperationException("bug"), 1 },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_OfEveryCommand_IsPrintedToStdout(string path)
    {
        (int code, string output, string error) = Shell.Run([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
        Assert.Contains($"lstmgpu {path}".Trim(), output, StringComparison.Ordinal);
        Assert.Contains("--verbose", output, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpOfTrain_ShowsEverySettingWithItsDefaultAndRange()
    {
        string output = Shell.Run("train", "--help").Output;

        Assert.All(LstmGpu.Cli.Configuration.SettingCatalog.All, setting => Assert.Contains(setting.Flag + " <", output, StringComparison.Ordinal));
        Assert.Contains("hidden units of each recurrent layer [default 256; from 1 to 65536]", output, StringComparison.Ordinal);
        Assert.Contains("[default adam; sgd | adam | adamw | rmsprop | adagrad | asgd]", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Exceptions_LeadToTheDocumentedExitCode(Exception exception, int code) => Assert.Equal(code, ExitCode.Of(exception));

    [Fact]
    public void Verbose_AddsTheStackTrace()
    {
        string quiet = Shell.Run("train", "--lr", "abc").Error;
        string verbose = Shell.Run("train", "--lr", "abc", "--verbose").Error;

        Assert.DoesNotContain("   at ", quiet, StringComparison.Ordinal);
        Assert.StartsWith(quiet, verbose, StringComparison.Ordinal);
        Assert.Contains("   at LstmGpu.Cli", verbose, StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenPipe_EndsQuietly()
    {
        using BrokenPipeWriter output = new();
        using StringWriter error = new();

        Assert.Equal(0, CommandLine.Run(["config", "schema"], output, error));
        Assert.Equal("", error.ToString());
    }

    [Theory]
    [InlineData("HIDEN", "hidden")]
    [InlineData("hidne", "hidden")]
    [InlineData("qz", null)]
    [InlineData("xylophone", null)]
    public void Suggestion_IsANearWordOrNone(string found, string? expected) =>
        Assert.Equal(expected, LstmGpu.Cli.Configuration.Suggestion.Nearest(found, ["hidden", "lr", "layers"]));

    private sealed class BrokenPipeWriter : StringWriter
    {
        public override void Write(char[] buffer, int index, int count) => throw new IOException("Broken pipe", 32);

        public override void WriteLine(string? value) => throw new IOException("Broken pipe", 32);
    }
}
