using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>What goes with which task: commands, settings, and a batch that a run was begun with.</summary>
public sealed class TaskCommandsTests(RunsOfEveryTask runs) : IClassFixture<RunsOfEveryTask>
{
    public static TheoryData<string, string, string> Strangers => new()
    {
        { "generate", "classify", "lstmgpu predict" }, { "generate", "tag", "lstmgpu predict" }, { "generate", "regress", "lstmgpu predict" }, { "generate", "forecast", "lstmgpu forecast" },
        { "predict", "forecast", "lstmgpu forecast" },
        { "forecast", "char-lm", "lstmgpu generate" }, { "forecast", "word-lm", "lstmgpu generate" }, { "forecast", "classify", "lstmgpu predict" },
        { "forecast", "tag", "lstmgpu predict" }, { "forecast", "regress", "lstmgpu predict" },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public void Command_OfAnotherTask_NamesTheOneToUse(string command, string task, string use)
    {
        (int code, string output, string error) = Shell.Run(command, runs.Of(task));

        Assert.Equal((2, ""), (code, output));
        Assert.Contains($"was trained for the task {task}, expected ", error, StringComparison.Ordinal);
        Assert.Contains($"; use `{use}` or `lstmgpu eval` with it", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Regression_PredictsTheNumberOfEachSequence_WithoutATarget()
    {
        string[] rows = [.. File.ReadAllLines(runs.Sequences).Select(row => row[..row.LastIndexOf(',')])];
        string input = runs.Write("unknown.csv", string.Join("\r\n", rows));

        (int code, string output, string error) = Shell.Run("predict", runs.Of("regress"), input);

        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split('\n');
        Assert.Equal(["group,prediction", .. Enumerable.Range(0, 14).Select(n => $"\"s,{n}\"")], lines.Select((line, n) => n == 0 ? line : line[..line.LastIndexOf(',')]));
        double[] found = [.. lines.Skip(1).Select(line => double.Parse(line[(line.LastIndexOf(',') + 1)..], CultureInfo.InvariantCulture))];
        Assert.True(found.Distinct().Count() > 10);
        // Truth is 10n; the error that eval finds is of these predictions.
        JsonNode evaluation = JsonNode.Parse(Shell.Run("eval", runs.Of("regress"), "--data", runs.Sequences, "--json").Output)!;
        Assert.Equal(Math.Sqrt(found.Select((value, n) => Math.Pow(value - 10 * n, 2)).Average()), (double)evaluation["rmse"]!, 1e-4);
        string json = Shell.Run("predict", runs.Of("regress"), input, "--format", "jsonl").Output;
        Assert.Equal(found, json.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement.GetProperty("prediction").GetDouble()));
        Assert.StartsWith("{\"group\":\"s,0\",\"prediction\":", json, StringComparison.Ordinal);
        Assert.Equal(output, CliProcess.RunWithInput(File.ReadAllText(input), "predict", runs.Of("regress")).Output);
    }

    [Theory]
    [InlineData(2, "--top is of a run of --task classify or tag, found one of --task regress", "id,x,z\na,1,2\n", "--top", "2")]
    [InlineData(3, "line 3: column 'x': found 'NaN', expected a finite number", "id,x,z\na,1,2\na,NaN,2\n")]
    [InlineData(3, "line 4: column 'id': found 'a' again", "id,x,z\na,1,2\nb,1,2\na,1,2\n")]
    [InlineData(3, "found no column 'z'", "id,x\na,1\n")]
    [InlineData(3, "(0 rows)", "id,x,z\n")]
    public void Input_ThatARegressionCannotRead_IsRefused(int expected, string message, string text, params string[] flags)
    {
        (int code, string output, string error) = Shell.Run(["predict", runs.Of("regress"), runs.Write("bad.csv", text), .. flags]);

        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("char-lm")]
    [InlineData("word-lm")]
    [InlineData("classify")]
    [InlineData("tag")]
    [InlineData("forecast")]
    [InlineData("regress")]
    public void Resume_WithAnotherBatch_IsRefused(string task)
    {
        string config = Path.Combine(runs.Of(task), "config.json"), before = File.ReadAllText(config);
        int batch = (int)JsonNode.Parse(before)!["training"]!["batch"]!;
        File.WriteAllText(config, before.Replace($"\"batch\": {batch}", "\"batch\": 2", StringComparison.Ordinal));
        try
        {
            (int code, _, string error) = Shell.Run("resume", runs.Of(task), "--steps", "4");

            Assert.Equal(2, code);
            Assert.Contains($"has batch size {batch}, the configuration 2; set training.batch to {batch} in config.json", error, StringComparison.Ordinal);
        }
        finally
        {
            File.WriteAllText(config, before);
        }
    }

    // Each says what the default says.
    [Theory]
    [InlineData("classify", "--bptt", "64", "--bptt is a setting of --task char-lm, word-lm, found --task classify; leave it out: sequences are read whole")]
    [InlineData("forecast", "--bptt", "64", "--bptt is a setting of --task char-lm, word-lm, found --task forecast; leave it out: --window decides")]
    [InlineData("regress", "--bptt", "64", "--bptt is a setting of --task char-lm, word-lm, found --task regress; leave it out")]
    [InlineData("regress", "--window", "24", "--window is a setting of --task forecast, found --task regress; leave it out")]
    [InlineData("tag", "--pooling", "last", "--pooling is a setting of --task classify, forecast, regress, found --task tag; leave it out")]
    [InlineData("char-lm", "--set", "forecast.horizon=1", "--horizon is a setting of --task forecast, found --task char-lm; leave it out")]
    public void Setting_OfAnotherTask_IsRefusedWhateverItSays(string task, string flag, string value, string message)
    {
        string into = Path.Combine(runs.Of(task), "another");
        (int code, _, string error) = Shell.Run("train", "--config", Path.Combine(runs.Of(task), "config.json"), flag, value, "--out", into);

        Assert.Equal(2, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Path.Exists(into));
    }
}
