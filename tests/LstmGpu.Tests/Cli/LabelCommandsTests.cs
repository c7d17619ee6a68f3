using System.Text.Json.Nodes;
using LstmGpu.Tests.Tasks.Sequences;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Cli;

/// <summary>train, eval and predict of the tasks that learn labels, as a user types them.</summary>
public sealed class LabelCommandsTests
{
    private static readonly string[] Small = ["--hidden", "5", "--embedding", "3", "--steps", "3", "--batch", "8", "--threads", "1", "--device", "cpu"];

    [Fact]
    public void Classifier_IsTrainedEvaluatedAndAskedFromStdin()
    {
        using SmallRuns runs = new();
        string data = LabelFiles.Parity(runs, "parity.csv", 60, longest: 6, seed: 1), run = runs.At("run");
        string trained = Done(["train", "--task", "classify", "--data", data, "--text-column", "bits", "--label-column", "parity", "--out", run, .. Small]);
        Assert.Contains("accuracy", trained, StringComparison.Ordinal);
        Assert.DoesNotContain("sample", trained, StringComparison.Ordinal);

        JsonNode found = JsonNode.Parse(Done("eval", run, "--json"))!;
        Assert.Equal((6, 6), ((int)found["sequences"]!, found["confusion"]!.AsArray().Sum(row => row!.AsArray().Sum(count => (int)count!))));
        Assert.Equal(["even", "odd"], found["labels"]!.AsArray().Select(label => (string)label!["label"]!));
        Assert.Equal(60, (int)JsonNode.Parse(Done("eval", run, "--data", data, "--json"))!["sequences"]!);
        Assert.Contains("truth, taken for", Done("eval", run), StringComparison.Ordinal);

        string report = File.ReadAllText(Path.Combine(run, "report.html"));
        System.Xml.Linq.XDocument.Parse(report); // a browser reads the same elements
        Assert.Contains("nats per label", report, StringComparison.Ordinal);
        Assert.Contains($"title=\"{found["confusion"]![0]![1]} of {found["labels"]![0]!["support"]} even taken for odd\"", report, StringComparison.Ordinal);

        (int code, string output, string error) = CliProcess.RunWithInput("01,1\r\n\"1\"", "predict", run, "-", "--top", "1");
        Assert.True(code == 0, error);
        string[] lines = output.Split('\n');
        Assert.Equal("input,label,probability", lines[0]);
        Assert.StartsWith("\"01,1\",", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("\"\"\"1\"\"\",", lines[2], StringComparison.Ordinal);

        JsonNode first = JsonNode.Parse(Done("predict", run, data, "--format", "jsonl").Split('\n')[0])!;
        Assert.Equal(File.ReadAllLines(data)[1].Split(',')[0], (string)first["input"]!);
        Assert.Equal(1, first["probabilities"]!.AsObject().Sum(label => (double)label.Value!), 1e-5);
    }

    [Fact]
    public void Tagger_LabelsEachTokenOfALine()
    {
        using SmallRuns runs = new();
        string run = runs.At("run"), input = runs.At("input.txt");
        Done(["train", "--task", "tag", "--data", LabelFiles.Repeats(runs, "data.conll", 40, seed: 1), "--hold-out", "last:0.2", "--bidirectional", "--out", run, .. Small]);
        File.WriteAllText(input, "x y y\nz never\n");

        string[] rows = Done("predict", run, input, "--top", "1").TrimEnd().Split('\n');
        Assert.Equal("sequence,token,label,probability", rows[0]);
        Assert.Equal(["1,x", "1,y", "1,y", "2,z", "2,never"], rows.Skip(1).Select(row => string.Join(',', row.Split(',')[..2])));
        JsonNode line = JsonNode.Parse(Done("predict", run, input, "--format", "jsonl").Split('\n')[1])!;
        Assert.Equal(2, line["labels"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(2, "--task classify", "found no --data")]
    [InlineData(2, "--task classify --data DATA --text-column bits --label-column parity --bptt 5", "--bptt")]
    [InlineData(2, "--task classify --data DATA --text-column bits --label-column parity --tie", "--tie")]
    [InlineData(2, "--task classify --data DATA", "expected one of --text-column and --feature-columns")]
    [InlineData(2, "--task classify --data DATA --text-column bits --label-column parity --hold-out some", "hold-out 'some' is not known")]
    [InlineData(2, "--task tag --data DATA --pooling max", "--pooling")]
    [InlineData(3, "--task classify --data DATA --text-column bit --label-column parity", "no column 'bit'")]
    [InlineData(3, "--task classify --data DATA --text-column bits --label-column parity --min-count 100000", "use --min-count 1")]
    [InlineData(3, "--task classify --data nowhere.csv --text-column bits", "does not exist")]
    [InlineData(3, "--task classify --data nowhere.txt", "neither a folder nor a .csv, .tsv or .ts file")]
    [InlineData(3, "--task tag --data DATA", "expected a token, a tab or space, and its label")]
    public void Training_ThatCannotBe_IsRefusedAndWritesNothing(int expected, string arguments, string message)
    {
        using SmallRuns runs = new();
        string data = LabelFiles.Parity(runs, "parity.csv", 30, longest: 6, seed: 1), run = runs.At("run");

        (int code, _, string error) = Shell.Run(["train", "--out", run, .. arguments.Split(' ').Select(word => word == "DATA" ? data : word)]);

        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(run));
    }

    [Fact]
    public void Commands_ThatDoNotFitTheTask_SayWhichDo()
    {
        using SmallRuns runs = new();
        string data = LabelFiles.Parity(runs, "parity.csv", 30, longest: 6, seed: 1), run = runs.At("run"), text = runs.At("text");
        Done(["train", "--task", "classify", "--data", data, "--text-column", "bits", "--label-column", "parity", "--out", run, .. Small]);
        runs.Train("text", runs.Options(training: new() { Steps = 1 }));

        Refused(2, "use `lstmgpu predict`", "generate", run);
        Refused(2, "use `lstmgpu predict`", "inspect", "gates", run, "--text", "01");
        Refused(2, "--prime is of a run of --task char-lm or word-lm, found one of --task classify", "predict", run, data, "--prime", "x");
        Refused(2, "expected csv or jsonl", "predict", run, data, "--format", "xml");
        Refused(3, "does not exist", "predict", run, runs.At("missing.txt"));
        File.WriteAllText(runs.At("blank.txt"), "01\n\n1\n");
        Refused(3, "line 2: found an empty line", "predict", run, runs.At("blank.txt"));
        File.WriteAllText(runs.At("other.csv"), "bits,parity\n01,od\n");
        Refused(3, "line 2: found the label 'od', expected one of the 2 labels of the training data; did you mean 'odd'?", "eval", run, "--data", runs.At("other.csv"));
        File.AppendAllText(data, "1,odd\n");
        Refused(3, "has changed since the training", "eval", run);
    }

    private static void Refused(int expected, string message, params string[] arguments)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static string Done(params string[] arguments)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}");
        return output;
    }
}
