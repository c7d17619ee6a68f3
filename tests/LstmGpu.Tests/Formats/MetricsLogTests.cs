using System.Globalization;
using LstmGpu.Formats;
using Xunit;

namespace LstmGpu.Tests.Formats;

public sealed class MetricsLogTests : IDisposable
{
    private readonly ScratchDirectory scratch = new();
    private readonly CultureInfo culture = CultureInfo.CurrentCulture;

    private string FilePath => scratch["metrics.jsonl"];

    public void Dispose()
    {
        CultureInfo.CurrentCulture = culture;
        scratch.Dispose();
    }

    private static Metric[] Metrics(double loss) => [new("perplexity", Math.Exp(loss)), new("bits_per_character", loss / Math.Log(2))];

    [Theory]
    [InlineData("")]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void MetricsLog_WritesTheseBytes_UnderAnyCulture(string name)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
        using (var log = new MetricsLog(FilePath))
        {
            log.AppendTraining(1234567, 3, 0.5, Metrics(0.5), 1e-5, -0.1);
            log.AppendValidation(1234567, 3, 0, Metrics(0));
        }
        Assert.Equal(
            """
            {"step":1234567,"epoch":3,"split":"train","loss":0.5,"perplexity":1.6487212707001282,"bits_per_character":0.7213475204444817,"learning_rate":1E-05,"grad_norm":-0.1}
            {"step":1234567,"epoch":3,"split":"validation","loss":0,"perplexity":1,"bits_per_character":0}

            """,
            File.ReadAllText(FilePath));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void PerformanceLog_WritesTheseBytes_UnderAnyCulture(string name)
    {
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);
        using (var log = new PerformanceLog(FilePath))
        {
            log.Append(-1, 1234.5, 0.25, 1L << 40);
        }
        Assert.Equal("{\"step\":-1,\"tokens_per_second\":1234.5,\"milliseconds\":0.25,\"device_bytes\":1099511627776}\n", File.ReadAllText(FilePath));
    }

    [Fact]
    public void MetricsLog_WritesNull_WhereJsonHasNoNumber()
    {
        using (var log = new MetricsLog(FilePath))
        {
            log.AppendTraining(1, 0, double.NaN, Metrics(double.NaN), double.PositiveInfinity, double.NegativeInfinity);
            log.AppendTraining(2, 0, 1000, Metrics(1000), 1, 1); // perplexity overflows
        }
        var lines = File.ReadAllLines(FilePath);
        Assert.EndsWith("\"loss\":null,\"perplexity\":null,\"bits_per_character\":null,\"learning_rate\":null,\"grad_norm\":null}", lines[0]);
        Assert.Contains("\"loss\":1000,\"perplexity\":null,", lines[1]);
    }

    [Fact]
    public void MetricsLog_ShowsEveryLineAtOnce_AndAppendsWhenOpenedAgain()
    {
        using (var log = new MetricsLog(FilePath))
        {
            log.AppendValidation(1, 0, 1, Metrics(1));
            Assert.Single(Lines());
            log.AppendValidation(2, 0, 1, Metrics(1));
            Assert.Equal(2, Lines().Length);
            log.Sync();
        }
        using (var log = new MetricsLog(FilePath))
        {
            log.AppendValidation(3, 0, 1, Metrics(1));
        }
        Assert.Equal(3, Lines().Length);
    }

    [Fact]
    public void MetricsLog_AllocatesNothing_AfterWarmUp()
    {
        using var log = new MetricsLog(FilePath);
        Metric[] metrics = Metrics(1);
        Append(100);
        Assert.Equal(0, Allocations.Of(() => Append(1000)));

        void Append(int count)
        {
            for (var step = 0; step < count; step++)
            {
                log.AppendTraining(step, 0, 1.0 / (step + 3), metrics, 1e-3, double.NaN);
                log.AppendValidation(long.MaxValue, 0, double.Pi, metrics);
            }
        }
    }

    [Fact]
    public void Truncate_MakesAResumedLogEqualTheUninterruptedOne()
    {
        Write(scratch["whole"], 1, 8);
        Write(FilePath, 1, 6);
        File.AppendAllText(FilePath, "{\"step\":7,\"epo");
        JsonLinesFile.Truncate(FilePath, 4);
        Write(FilePath, 5, 8);
        Assert.Equal(File.ReadAllBytes(scratch["whole"]), File.ReadAllBytes(FilePath));

        static void Write(string path, int first, int last)
        {
            using var log = new MetricsLog(path);
            for (var step = first; step <= last; step++)
            {
                log.AppendTraining(step, 0, 1.0 / step, Metrics(1.0 / step), 1e-3, 1);
                log.AppendValidation(step, 0, 2.0 / step, Metrics(2.0 / step));
            }
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n", "{\"step\":1}\n{\"step\":2}\n")]
    [InlineData("{\"step\":2}", "{\"step\":2}\n")] // only the line feed was lost
    [InlineData("{\"step\":2}\n{\"st", "{\"step\":2}\n")]
    [InlineData("{\"step\":2}\n\0\0\0", "{\"step\":2}\n")]
    [InlineData("{\"other\":{\"step\":1},\"step\":3}\n", "")]
    [InlineData("7\n", "")]
    public void Truncate_KeepsTheCompleteLinesUpToTheStep(string before, string after)
    {
        File.WriteAllText(FilePath, before);
        JsonLinesFile.Truncate(FilePath, 2);
        Assert.Equal(after, File.ReadAllText(FilePath));
    }

    [Theory]
    [InlineData("oops")]
    [InlineData("[1]")]
    [InlineData("{\"step\":1.5}")]
    [InlineData("{\"loss\":1}")]
    public void Truncate_NamesAMalformedLineBeforeTheLast(string line)
    {
        File.WriteAllText(FilePath, "{\"step\":1}\n" + line + "\n{\"step\":2}\n");
        Assert.Contains($"line 2 of '{FilePath}'", Assert.Throws<DataException>(() => JsonLinesFile.Truncate(FilePath, 1)).Message);
    }

    [Fact]
    public void Truncate_LeavesAMissingFileMissing()
    {
        PerformanceLog.Truncate(FilePath, 1);
        Assert.False(File.Exists(FilePath));
    }

    [SkippableFact]
    public void MetricsLog_SaysThatTheDiskIsFull()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no /dev/full");
        File.CreateSymbolicLink(FilePath, "/dev/full");
        using var log = new MetricsLog(FilePath);
        Assert.Contains("no space left on device; free space", Assert.Throws<DataException>(() => log.AppendValidation(1, 0, 1, Metrics(1))).Message);
    }

    [Fact]
    public void MetricsLog_NamesTheFile_WhenItCannotBeOpened() =>
        Assert.Contains($"cannot write '{scratch.Path}'", Assert.Throws<DataException>(() => new MetricsLog(scratch.Path)).Message);

    private string[] Lines()
    {
        using var reader = new StreamReader(new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
