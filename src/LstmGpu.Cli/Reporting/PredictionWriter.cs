using System.Globalization;
using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>Predictions as CSV (RFC 4180 with LF) or as JSON lines, in the order of the input.</summary>
/// <param name="labels">In id order.</param>
/// <param name="top">Labels to write, the most probable first.</param>
internal sealed class PredictionWriter(IReadOnlyList<string> labels, int top, bool json, TextWriter output)
{
    /// <summary>A line per sequence.</summary>
    /// <param name="inputs">What stands for each sequence: its text, or its number.</param>
    public void WriteSequences(IReadOnlyList<string> inputs, IReadOnlyList<LabelPrediction> found)
    {
        WriteHeader(["input"]);
        foreach ((string input, LabelPrediction prediction) in inputs.Zip(found))
        {
            if (json)
            {
                WriteJson(new JsonObject { ["input"] = input, ["label"] = labels[prediction.Ranked.First()], ["probabilities"] = Probabilities(prediction) });
            }
            else
            {
                WriteRow([input], prediction);
            }
        }
    }

    /// <summary>JSON: a line per sequence. CSV: a line per token.</summary>
    public void WriteTokens(IReadOnlyList<string[]> sequences, IReadOnlyList<IReadOnlyList<LabelPrediction>> found)
    {
        WriteHeader(["sequence", "token"]);
        for (int n = 0; n < sequences.Count; n++)
        {
            if (json)
            {
                WriteJson(new JsonObject
                {
                    ["tokens"] = new JsonArray([.. sequences[n].Take(found[n].Count).Select(token => (JsonNode)token)]),
                    ["labels"] = new JsonArray([.. found[n].Select(prediction => (JsonNode)labels[prediction.Ranked.First()])]),
                    ["probabilities"] = new JsonArray([.. found[n].Select(Probabilities)]),
                });
                continue;
            }

            foreach ((string token, LabelPrediction prediction) in sequences[n].Zip(found[n]))
            {
                WriteRow([Figures.Plain(n + 1), token], prediction);
            }
        }
    }

    /// <summary>A line per sequence with its group and number.</summary>
    public static void WriteNumbers(IReadOnlyList<SequencePrediction> found, bool json, TextWriter output)
    {
        output.Write(json ? "" : "group,prediction\n");
        foreach (SequencePrediction prediction in found)
        {
            output.Write(json
                ? new JsonObject { ["group"] = prediction.Group, ["prediction"] = Figures.Json(prediction.Value) }.ToJsonString(EvaluationReport.OneLine)
                : $"{Field(prediction.Group)},{prediction.Value.ToString(CultureInfo.InvariantCulture)}");
            output.Write("\n");
        }
    }

    private void WriteHeader(string[] first)
    {
        if (!json)
        {
            IEnumerable<string> more = Enumerable.Range(2, top - 1).SelectMany(place => new[] { $"label_{place}", $"probability_{place}" });
            output.Write(string.Join(',', [.. first, "label", "probability", .. more]) + "\n");
        }
    }

    private void WriteRow(string[] first, LabelPrediction prediction)
    {
        IEnumerable<string> ranked = prediction.Ranked.Take(top).SelectMany(id => new[] { labels[id], Figures.Fixed(prediction.Probabilities[id], 6) });
        output.Write(string.Join(',', first.Concat(ranked).Select(Field)) + "\n");
    }

    private void WriteJson(JsonObject line) => output.Write(line.ToJsonString(EvaluationReport.OneLine) + "\n");

    private JsonNode Probabilities(LabelPrediction prediction)
    {
        JsonObject ranked = [];
        foreach (int id in prediction.Ranked.Take(top))
        {
            ranked[labels[id]] = Math.Round(prediction.Probabilities[id], 6);
        }

        return ranked;
    }

    /// <summary>A field of a CSV row.</summary>
    internal static string Field(string text) => text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
