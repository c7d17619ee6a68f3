using System.Text.Json.Nodes;
using LstmGpu.Data;
using LstmGpu.Tasks;
using LstmGpu.Tests.Cli;
using LstmGpu.Tests.Training;
using Xunit;

namespace LstmGpu.Tests.Tasks;

/// <summary>A language model judges lines: <c>eval --by-line</c>, <c>predict</c> and their library calls.</summary>
public sealed class LineScoreTests(ReberRun reber) : IClassFixture<ReberRun>
{
    private const string Prime = "BTXSE";

    [Fact]
    public void LossWithinLines_IsThatOfTheGrammar_AndNoStringHasAnImprobableSymbol()
    {
        string[] lines = [.. ReberGrammar.Lines(seed: 2, count: 5000, embedded: false)];

        LineEvaluation found = reber.Model.EvaluateLines(reber.Write("held-out.txt", lines), Prime);

        Assert.Equal((5000, lines.Sum(line => line.Length + 1L), lines.Sum(line => line.Length - 1L)), (found.Lines, found.Tokens, found.InnerTokens));
        double optimum = lines.Sum(line => line.Length - 2) * Math.Log(2) / found.InnerTokens;
        Assert.InRange(found.InnerLoss, optimum, 0.600);
        Assert.InRange(found.LeastProbability, 0.3, 0.5);
        Assert.Equal(0, found.LinesBelow);
        // First symbols and line ends are certain.
        Assert.Equal(found.InnerLoss * found.InnerTokens / found.Tokens, found.Loss, 0.001);
    }

    [Fact]
    public void EveryStringOutsideTheGrammar_HasASymbolBelowAThousandth()
    {
        string[] invalid = [.. ReberGrammar.InvalidLines(seed: 3, count: 2000, embedded: false)];

        LineScore[] scores = [.. reber.Model.ScoreLines(invalid, Prime)];

        Assert.Equal(invalid, scores.Select(score => score.Text));
        Assert.All(scores, score => Assert.True(score.Tokens[score.LeastProbable].Probability < 1e-3, $"{score.Text}: {score.Tokens[score.LeastProbable]}"));
        LineEvaluation found = reber.Model.EvaluateLines(reber.Write("invalid.txt", [.. invalid, "BTXSE"]), Prime);
        Assert.Equal((2001, 2000), (found.Lines, found.LinesBelow));
    }

    [Fact]
    public void Scores_AreThoseOfOneTokenAfterTheOther_WhateverStandsBesideThem()
    {
        // Longer than a window of 32, more lines than the batch of 16, and an empty one.
        string[] lines = ["BTXSE", "", $"BT{new string('S', 90)}XSE", .. ReberGrammar.Lines(seed: 5, count: 40, embedded: false), "VEXT"];

        LineScore[] scores = [.. reber.Model.ScoreLines(lines)];

        Assert.Equal(lines, scores.Select(score => score.Text));
        Assert.All(scores, score =>
        {
            IReadOnlyList<TokenScore> alone = reber.Model.Score(score.Text + "\n");
            Assert.Equal(alone.Select(token => token.Token), score.Tokens.Select(token => token.Token));
            Assert.All(alone.Zip(score.Tokens), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-3 + 1e-4 * pair.First.Loss));
        });
        double primed = reber.Model.Score("BPVVE\nBTXSE\n").Skip(6).Sum(token => token.Loss);
        Assert.Equal(primed, reber.Model.ScoreLines(["BTXSE"], "BPVVE").Single().Loss, 1e-3);
        Assert.Equal(primed, reber.Model.ScoreLines(["BTXSE"], "BPVVE\n").Single().Loss, 1e-3);
    }

    [Fact]
    public void Predict_NamesTheSymbolThatIsWrong()
    {
        string file = reber.Write("lines.txt", ["BTXSE", "BTXPE", "BPVV\r"]);

        string[] rows = Done("predict", reber.Directory, file, "--prime", Prime).TrimEnd().Split('\n');
        JsonNode[] objects = [.. Done("predict", reber.Directory, file, "--prime", Prime, "--format", "jsonl").TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!)];

        Assert.Equal("input,tokens,nats,lowest_probability,position,token", rows[0]);
        Assert.StartsWith("BTXSE,6,2.", rows[1], StringComparison.Ordinal); // 3 ln 2 = 2.08
        Assert.Matches(@"^BTXPE,6,[0-9.]+,[0-9.E-]+,4,P$", rows[2]);
        Assert.Matches(@"^BPVV,5,[0-9.]+,[0-9.E-]+,5,\\n$", rows[3]);
        Assert.Equal((4, 5), ((int)objects[1]["position"]!, (int)objects[2]["position"]!));
        Assert.Equal(["B", "P", "V", "V", "\n"], objects[2]["tokens"]!.AsArray().Select(token => (string)token!));
        double[] probabilities = [.. objects[1]["probabilities"]!.AsArray().Select(p => (double)p!)];
        Assert.Equal((double)objects[1]["nats"]!, -probabilities.Sum(Math.Log), 1e-6);
        Assert.Equal((double)objects[1]["lowest_probability"]!, probabilities[3]);
        Assert.Equal(rows[1], CliProcess.RunWithInput("BTXSE", "predict", reber.Directory, "-", "--prime", Prime).Output.Split('\n')[1]);
    }

    [Fact]
    public void Eval_ByLine_PrintsTheFiguresAsTextAndJson()
    {
        string file = reber.Write("three.txt", ["BTXSE", "BPVVE", "BTXTE"]);

        JsonNode found = JsonNode.Parse(Done("eval", reber.Directory, "--data", file, "--by-line", "--prime", Prime, "--json"))!;
        string text = Done("eval", reber.Directory, "--data", file, "--by-line", "--prime", Prime, "--below", "1");

        Assert.Equal((3, 18, 12, 1), ((int)found["lines"]!, (int)found["tokens"]!, (int)found["tokens_within_lines"]!, (int)found["lines_below"]!));
        Assert.Equal(reber.Model.EvaluateLines(file, Prime).InnerLoss, (double)found["loss_within_lines"]!, 1e-4);
        Assert.Contains("\nlines with a lower  3 below 1\n", text, StringComparison.Ordinal);
        Assert.Contains("nats over 12 characters: without the first of a line and its end\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeScored_IsRefused()
    {
        string strange = reber.Write("strange.txt", ["BTXSE", "BQE"]), empty = reber.Write("empty.txt", []);
        using SmallRuns runs = new();
        runs.Train("endless", runs.Options(training: new() { Steps = 1 }));

        Refused(3, "strange.txt', line 2: character 'Q' (U+0051) at position 1", "predict", reber.Directory, strange);
        Refused(3, "has no lines, expected at least one", "eval", reber.Directory, "--data", empty, "--by-line");
        Refused(2, "--by-line: found no --data", "eval", reber.Directory, "--by-line");
        Refused(2, "--below: found no --by-line", "eval", reber.Directory, "--below", "0.1");
        Refused(2, "--prime: found no --by-line", "eval", reber.Directory, "--prime", "B");
        Refused(2, "--top is of a run of --task classify or tag, found one of --task char-lm", "predict", reber.Directory, strange, "--top", "2");
        Refused(3, "has no line break", "predict", runs.At("endless"), strange);
    }

    private static void Refused(int expected, string message, params string[] arguments)
    {
        (int code, _, string error) = Shell.Run(arguments);
        Assert.Equal(expected, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static string Done(params string[] arguments)
    {
        (int code, string output, string error) = Shell.Run(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}");
        return output;
    }
}
