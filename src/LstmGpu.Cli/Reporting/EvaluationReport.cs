using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LstmGpu.Devices;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>An evaluation as text and as JSON.</summary>
internal static class EvaluationReport
{
    /// <summary>One line, with every script readable.</summary>
    public static JsonSerializerOptions OneLine { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(EvaluationResult result, long step, DeviceDescription device, TextWriter output)
    {
        output.WriteLine($"data                {result.Data}");
        output.WriteLine($"checkpoint          step {Figures.Plain(step)}");
        output.WriteLine($"device              {PlanReport.Describe(device)}");
        output.WriteLine($"tokens              {Figures.Count(result.Tokens)}");
        output.WriteLine($"loss                {Figures.Fixed(result.Loss, 4)} nats");
        output.WriteLine($"perplexity          {Figures.Fixed(result.Perplexity, 2)}");
        if (result.BitsPerCharacter is { } bits)
        {
            output.WriteLine($"bits per character  {Figures.Fixed(bits, 4)}");
        }

        if (result.Unknown is { } unknown)
        {
            output.WriteLine($"unknown tokens      {Figures.Count(unknown)}");
        }

        if (result.BigramLoss is { } bigram)
        {
            output.WriteLine($"bigram baseline     {Figures.Fixed(bigram, 4)} nats, perplexity {Figures.Fixed(Math.Exp(bigram), 2)}");
        }

        if (result.Agreement.Count == 0)
        {
            return;
        }

        output.WriteLine();
        TextTable table = new("agreement at distance", ">correct", ">total", ">accuracy");
        foreach (AgreementRow row in result.Agreement)
        {
            string distance = $"{Figures.Plain(row.From)} to {Figures.Plain(row.To)}";
            table.Add(distance, Figures.Count(row.Correct), Figures.Count(row.Total), Figures.Percent(row.Accuracy));
        }

        table.Write(output);
    }

    public static JsonObject Json(EvaluationResult result, long step, DeviceDescription device) => new()
    {
        ["data"] = result.Data,
        ["step"] = step,
        ["device"] = device.Name,
        ["tokens"] = result.Tokens,
        ["loss"] = Figures.Json(result.Loss),
        ["perplexity"] = Figures.Json(result.Perplexity),
        ["bits_per_character"] = result.BitsPerCharacter is { } bits ? Figures.Json(bits) : null,
        ["unknown_tokens"] = result.Unknown,
        ["bigram_loss"] = result.BigramLoss is { } loss ? Figures.Json(loss) : null,
        ["bigram_perplexity"] = result.BigramLoss is { } bigram ? Figures.Json(Math.Exp(bigram)) : null,
        ["agreement"] = new JsonArray([.. result.Agreement.Select(row => (JsonNode)new JsonObject
        {
            ["from"] = row.From,
            ["to"] = row.To,
            ["correct"] = row.Correct,
            ["total"] = row.Total,
            ["accuracy"] = Figures.Json(row.Accuracy),
        })]),
    };
}
