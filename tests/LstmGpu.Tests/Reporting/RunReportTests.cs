using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Reporting;

/// <summary>report.html: well-formed, of the files alone, with the numbers of the run, whatever state the run is in.</summary>
public sealed partial class RunReportTests
{
    private static readonly string[] Sizes = ["--batch", "3", "--bptt", "5", "--hidden", "6", "--embedding", "4", "--threads", "1", "--device", "cpu"];

    [Fact]
    public void Report_HoldsTheValuesOfEveryCurve_AndTheSettingsThatDiffer()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 6, EvalEvery = 3, Schedule = "linear" }));
        XDocument page = Page(runs.At("run"));

        string[] hovers = [.. page.Descendants(Svg + "title").Select(title => title.Value)];
        foreach (string name in (string[])["training loss", "learning rate", "gradient norm", "tokens per second"])
        {
            Assert.Equal(6, hovers.Count(hover => hover.StartsWith(name + " at step ", StringComparison.Ordinal)));
        }
        Assert.Equal(["validation loss at step 3", "validation loss at step 6"], hovers.Where(h => h.StartsWith("validation", StringComparison.Ordinal)).Select(h => h.Split(':')[0]));
        string loss = FirstLoss().Match(File.ReadAllText(Path.Combine(runs.At("run"), "metrics.jsonl"))).Groups[1].Value;
        Assert.Contains($"training loss at step 1: {double.Parse(loss, CultureInfo.InvariantCulture).ToString("G5", CultureInfo.InvariantCulture)}", hovers);
        Assert.Contains("step-6, validation loss ", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("training.schedulelinearconstant", page.Root.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("training.momentum", page.Root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_IsTheSameBytes_FromTheSameFiles()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 3 }));
        string first = File.ReadAllText(RunReport.Write(runs.At("run")));
        Assert.Equal(first, File.ReadAllText(RunReport.Write(runs.At("run"))));
        Assert.DoesNotContain("http:", first.Replace(Svg.NamespaceName, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", first, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(p|td|th|div|pre|section|style) ?/>", first); // HTML would not see the end
    }

    [Fact]
    public void Report_KeepsTheTextOfSamples_WhateverItHolds()
    {
        using SmallRuns runs = new();
        runs.Train("a <b> & 喜 run", runs.Options(training: new() { Steps = 1 }, validation: 0));
        string run = runs.At("a <b> & 喜 run");
        RunReport.AddSample(run, 1, "an earlier text");
        RunReport.AddSample(run, 1, "\n</pre><script>alert('&amp;')</script> 老张 🙂 ]]> \u0001\uFFFE\r\n");
        string text = File.ReadAllText(RunReport.Write(run));
        XDocument page = XDocument.Parse(text, LoadOptions.PreserveWhitespace);

        Assert.Equal("\n\n</pre><script>alert('&amp;')</script> 老张 🙂 ]]> ␁\uFFFD␍\n", page.Descendants("pre").Single().Value);
        Assert.Equal("a <b> & 喜 run", page.Descendants("title").Single().Value);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 0.2)]
    [InlineData(2, 0)]
    public void Report_OfAShortRun_IsWellFormed(long steps, double validation)
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = steps }, validation: validation));
        AssertFinite(Page(runs.At("run")));
    }

    [Fact]
    public void Report_OfRowsWithoutNumbers_LeavesGaps()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));
        File.AppendAllText(
            Path.Combine(runs.At("run"), "metrics.jsonl"),
            """
            {"step":3,"epoch":0,"split":"train","loss":null,"learning_rate":0.1,"grad_norm":1e300}
            {"step":4,"epoch":0,"split":"train","loss":1e-20,"learning_rate":0.1,"grad_norm":0}
            {"step":5,"ep
            """);
        XDocument page = Page(runs.At("run"));
        AssertFinite(page);
        Assert.Equal(2, page.Descendants(Svg + "path").First().Attribute("d")!.Value.Count(c => c == 'M'));

        File.AppendAllText(Path.Combine(runs.At("run"), "metrics.jsonl"), "\n{}\n");
        Assert.Contains("line 6 of", Assert.Throws<DataException>(() => RunReport.Write(runs.At("run"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_IsWritten_ByTrain_Resume_AndOnItsOwn()
    {
        using SmallRuns runs = new();
        string run = runs.At("run");
        Assert.Equal(0, Shell.Run(["train", "--data", runs.Corpus, "--out", run, "--steps", "2", .. Sizes]).Code);
        Assert.Contains("Text written by the model of step 2", Text(run), StringComparison.Ordinal);
        (int code, _, string error) = Shell.Run("resume", run, "--steps", "3");
        Assert.Equal((0, false), (code, error.Contains("warning", StringComparison.Ordinal)));
        Assert.Contains("Text written by the model of step 3", Text(run), StringComparison.Ordinal);

        File.Delete(Path.Combine(run, "report.html"));
        Assert.Equal((0, Path.Combine(run, "report.html") + "\n", ""), Shell.Run("report", run));
        Assert.Contains("3 of 3", Text(run), StringComparison.Ordinal);

        (code, _, error) = Shell.Run("report", runs.Root);
        Assert.Equal(3, code);
        Assert.Contains("is not a run directory", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfARunThatDiverged_IsWritten()
    {
        using SmallRuns runs = new();
        string run = runs.At("run");
        string[] wild = ["train", "--data", runs.Corpus, "--out", run, "--steps", "400", "--optimizer", "sgd", "--lr", "1e30", "--log-every", "1", .. Sizes];
        Assert.Equal(5, Shell.Run(wild).Code);
        AssertFinite(XDocument.Parse(Text(run)));
        Assert.Contains("none saved of 400", Text(run), StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfAnInterruptedRun_SaysHowFarItCame()
    {
        using SmallRuns runs = new();
        Assert.True(runs.Train("run", runs.Options(training: new() { Steps = 40 }), interruptAt: 3).Interrupted);
        Assert.Contains("3 of 40", Page(runs.At("run")).Root!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_SucceedsWithAWarning_WhereTheReportCannotBeWritten()
    {
        using SmallRuns runs = new();
        string run = runs.At("run");
        Assert.Equal(0, Shell.Run(["train", "--data", runs.Corpus, "--out", run, "--steps", "1", .. Sizes]).Code);
        File.Delete(Path.Combine(run, "report.html"));
        Directory.CreateDirectory(Path.Combine(run, "report.html"));
        (int code, string output, string error) = Shell.Run("resume", run, "--steps", "2");
        Assert.Equal(0, code);
        Assert.Contains("lstmgpu: warning: report.html was not written: cannot write", error, StringComparison.Ordinal);
        Assert.Contains("sample of 300 characters", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_OfALongRun_KeepsTheSpikes_AndStaysSmall()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 1 }));
        using (StreamWriter rows = File.AppendText(Path.Combine(runs.At("run"), "metrics.jsonl")))
        {
            for (int step = 2; step <= 50_000; step++)
            {
                string norm = step == 33_333 ? "1000" : "1";
                rows.Write($"{{\"step\":{step},\"epoch\":0,\"split\":\"train\",\"loss\":2,\"learning_rate\":0.1,\"grad_norm\":{norm}}}\n");
            }
        }
        XDocument page = Page(runs.At("run"));
        Assert.InRange(new FileInfo(Path.Combine(runs.At("run"), "report.html")).Length, 10_000, 200_000);
        string norms = page.Descendants(Svg + "path").ToArray()[^2].Attribute("d")!.Value;
        Assert.Contains(" 44", norms, StringComparison.Ordinal); // the top of the chart
    }

    private static XNamespace Svg => "http://www.w3.org/2000/svg";

    private static XDocument Page(string run) => XDocument.Parse(File.ReadAllText(RunReport.Write(run)));

    private static string Text(string run) => File.ReadAllText(Path.Combine(run, "report.html"));

    private static void AssertFinite(XDocument page) => Assert.All(
        page.Descendants().Where(element => element.Name.Namespace == Svg).Attributes().Where(a => a.Name.LocalName is "d" or "x" or "y" or "cx" or "cy" or "x1" or "y1"),
        attribute => Assert.DoesNotMatch("NaN|Infinity|∞|E", attribute.Value));

    [GeneratedRegex("\"loss\":([0-9.]+)")]
    private static partial Regex FirstLoss();
}
