using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Scores of lines as CSV (RFC 4180 with LF) or as JSON lines, in the order of the input.</summary>
internal sealed class LineScoreWriter(bool json, TextWriter output)
{
    /// <summary>A line per line. CSV spells the line break behind a line <c>\n</c>.</summary>
    public void Write(IEnumerable<LineScore> scores)
    {
        if (!json)
        {
            output.Write("input,tokens,nats,lowest_probability,position,token\n");
        }

        foreach (LineScore score in scores)
        {
            output.Write((json ? Json(score).ToJsonString(EvaluationReport.OneLine) : Row(score)) + "\n");
        }
    }

    private static string Row(LineScore score)
    {
        TokenScore least = score.Tokens[score.LeastProbable];
        string[] fields =
        [
            score.Text, Figures.Plain(score.Tokens.Count), Figures.Fixed(score.Loss, 6), Figures.Short(least.Probability),
            Figures.Plain(score.LeastProbable + 1), least.Token == "\n" ? "\\n" : least.Token,
        ];
        return string.Join(',', fields.Select(PredictionWriter.Field));
    }

    private static JsonObject Json(LineScore score) => new()
    {
        ["input"] = score.Text,
        ["nats"] = Figures.Json(score.Loss),
        ["lowest_probability"] = Figures.Json(score.Tokens[score.LeastProbable].Probability),
        ["position"] = score.LeastProbable + 1,
        ["tokens"] = new JsonArray([.. score.Tokens.Select(token => (JsonNode)token.Token)]),
        ["probabilities"] = new JsonArray([.. score.Tokens.Select(token => Figures.Json(token.Probability))]),
    };
}
