using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using LstmGpu.Data.Vectors;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Reporting;

/// <summary>What report.html shows of the inside of a model: gates, neighbours, and what it wrote before.</summary>
public sealed class InsideReportTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Theory]
    [InlineData("lstm", "input forget output cell")]
    [InlineData("gru", "reset update hidden")]
    [InlineData("rnn", "")]
    public void Gates_AreThoseOfTheCell(string cell, string expected)
    {
        using SmallRuns runs = new();
        Train(runs, "run", "--cell", cell, "--hidden", "6", "--steps", "4");
        JsonNode? gates = JsonNode.Parse(File.ReadAllText(runs.At("run/inspection.json")))!["gates"];
        XDocument page = XDocument.Parse(File.ReadAllText(runs.At("run/report.html")));
        XElement[] squares = [.. page.Descendants(Svg + "rect").Where(rect => ((string)rect.Attribute("class")!).StartsWith("cell ", StringComparison.Ordinal))];
        string[] rows = expected.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(rows.Length * 4 * 72, squares.Length);
        Assert.Equal(rows, squares.Select(square => square.Value.Split(' ')[0]).Distinct());
        Assert.Equal(rows.Length > 0, page.Root!.Value.Contains("Gates along a text of the model", StringComparison.Ordinal));
        Assert.Equal(cell == "lstm", page.Root.Value.Contains("keeps what the cell holds", StringComparison.Ordinal));
        Assert.Equal(rows, gates?["units"]![0]!["rows"]!.AsArray().Select(row => (string)row!["name"]!) ?? []);
    }

    // h = (1 − z)∘n + z∘h' and |n| ≤ 1, so |h − z∘h'| ≤ 1 − z. Weights of the first step are small, so z ≈ ½ ≠ r: large ones tell them apart.
    [Fact]
    public void GatesOfAGru_BoundItsHiddenState()
    {
        using SmallRuns runs = new();
        Train(runs, "run", "--cell", "gru", "--hidden", "6", "--steps", "150", "--lr", "0.05");
        foreach (JsonNode? unit in JsonNode.Parse(File.ReadAllText(runs.At("run/inspection.json")))!["gates"]!["units"]!.AsArray())
        {
            double[] Row(int row) => [.. unit!["rows"]![row]!["values"]!.AsArray().Select(value => (double)value!)];
            (double[] z, double[] h) = (Row(1), Row(2));
            Assert.All(Enumerable.Range(1, 71), t => Assert.True(Math.Abs(h[t] - (z[t] * h[t - 1])) <= 1 - z[t] + 1e-6, $"unit {unit!["unit"]}, step {t}"));
        }
    }

    [Fact]
    public void Neighbours_AreThoseOfVectorsNearest_AndFrequentTokensComeFirst()
    {
        using SmallRuns runs = new();
        Train(runs, "run", "--hidden", "6", "--steps", "3");
        XElement table = XDocument.Parse(File.ReadAllText(runs.At("run/report.html")), LoadOptions.PreserveWhitespace).Descendants("table").Single(t => (string?)t.Attribute("class") == "nearest");
        string[][] rows = [.. table.Element("tbody")!.Elements("tr").Select(row => row.Elements("td").Select(cell => cell.Value.Trim()).ToArray())];
        string sample = (string)JsonNode.Parse(File.ReadAllLines(runs.At("run/samples.jsonl"))[0])!["text"]!;
        Assert.Equal(sample.GroupBy(c => c).Max(group => group.Count()), sample.Count(c => c == Symbol(rows[0][0])[0]));

        WordVectors vectors = new(RunVectors.Load(runs.At("run")), "");
        Assert.All(rows, row => Assert.Equal(
            vectors.Nearest(Symbol(row[0]), 5).Select(next => Symbol(next.Word) + next.Cosine.ToString("0.00", CultureInfo.InvariantCulture)),
            row[1].Split(' ').Select(Symbol)));
    }

    [Fact]
    public void Report_OfADamagedCheckpoint_SaysSo_AndHasTheRest()
    {
        using SmallRuns runs = new();
        runs.Train("run", runs.Options(training: new() { Steps = 2 }));
        string model = Path.Combine(runs.Checkpoints("run").Best() ?? runs.Checkpoints("run").Last()!, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(model);
        bytes[^1] ^= 1;
        File.WriteAllBytes(model, bytes);
        string page = XDocument.Parse(File.ReadAllText(RunReport.Write(runs.At("run")))).Root!.Value;
        Assert.Contains("Embedding of step-2", page, StringComparison.Ordinal);
        Assert.Contains("model.safetensors", page, StringComparison.Ordinal);
        Assert.Contains("training loss at step 2", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_AreOfEarlierCheckpoints_Too()
    {
        using SmallRuns runs = new();
        Train(runs, "run", "--hidden", "6", "--steps", "6", "--save-every", "2", "--keep", "all", "--eval-every", "0");
        long[] Steps() => [.. File.ReadLines(runs.At("run/samples.jsonl")).Select(line => (long)JsonNode.Parse(line)!["step"]!).Order()];
        Assert.Equal([2, 4, 6], Steps());
        Assert.Equal(0, Shell.Run("resume", runs.At("run"), "--steps", "8").Code);
        Assert.Equal([2, 4, 6, 8], Steps());
        Assert.Contains("Text written by the model of step 2", File.ReadAllText(runs.At("run/report.html")), StringComparison.Ordinal);
    }

    private static string Symbol(string shown) => shown.Replace('␣', ' ').Replace('↵', '\n');

    private static void Train(SmallRuns runs, string name, params string[] settings)
    {
        (int code, _, string error) = Shell.Run(
            ["train", "--data", runs.Corpus, "--out", runs.At(name), "--batch", "3", "--bptt", "5", "--embedding", "4", "--threads", "1", "--device", "cpu", .. settings]);
        Assert.True(code == 0 && !error.Contains("warning", StringComparison.Ordinal), error);
    }
}
