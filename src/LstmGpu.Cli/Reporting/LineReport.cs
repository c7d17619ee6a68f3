using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>The evaluation of a language model line by line, as text and as JSON.</summary>
internal static class LineReport
{
    public static void Print(LineEvaluation result, TrainedModel model, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(Json(result, model).ToJsonString(EvaluationReport.OneLine));
        }
        else
        {
            Write(result, model, output);
        }
    }

    private static void Write(LineEvaluation result, TrainedModel model, TextWriter output)
    {
        output.WriteLine($"data                {result.Data}");
        output.WriteLine($"checkpoint          step {Figures.Plain(model.Step)}");
        output.WriteLine($"device              {PlanReport.Describe(model.Device)}");
        output.WriteLine($"lines               {Figures.Count(result.Lines)}");
        output.WriteLine($"loss                {Figures.Fixed(result.Loss, 4)} nats over {Figures.Count(result.Tokens)} {model.Unit}, line ends among them");
        output.WriteLine($"loss within lines   {Figures.Fixed(result.InnerLoss, 4)} nats over {Figures.Count(result.InnerTokens)} {model.Unit}: without the first of a line and its end");
        output.WriteLine($"lowest probability  {Figures.Short(result.LeastProbability)}");
        output.WriteLine($"lines with a lower  {Figures.Count(result.LinesBelow)} below {Figures.Short(result.Below)}");
    }

    private static JsonObject Json(LineEvaluation result, TrainedModel model) => new()
    {
        ["data"] = result.Data,
        ["step"] = model.Step,
        ["device"] = model.Device.Name,
        ["lines"] = result.Lines,
        ["tokens"] = result.Tokens,
        ["loss"] = Figures.Json(result.Loss),
        ["tokens_within_lines"] = result.InnerTokens,
        ["loss_within_lines"] = Figures.Json(result.InnerLoss),
        ["lowest_probability"] = Figures.Json(result.LeastProbability),
        ["below"] = Figures.Json(result.Below),
        ["lines_below"] = result.LinesBelow,
    };
}
