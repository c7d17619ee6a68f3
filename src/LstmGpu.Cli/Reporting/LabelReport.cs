using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>The evaluation of a classifier or tagger as text and as JSON.</summary>
internal static class LabelReport
{
    // Beyond this a matrix is no longer a table for a screen; JSON has it in any case.
    private const int WidestMatrix = 30;

    public static void Print(LabelEvaluation result, TrainedLabeller model, bool json, TextWriter output)
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

    private static void Write(LabelEvaluation result, TrainedLabeller model, TextWriter output)
    {
        output.WriteLine($"data          {result.Data}");
        output.WriteLine($"checkpoint    step {Figures.Plain(model.Step)}");
        output.WriteLine($"device        {PlanReport.Describe(model.Device)}");
        output.WriteLine($"sequences     {Figures.Count(result.Sequences)}{(model.IsTagger ? $", {Figures.Count(result.Count)} tokens" : "")}");
        output.WriteLine($"loss          {Figures.Fixed(result.Loss, 4)} nats");
        output.WriteLine($"accuracy      {Figures.Fixed(result.Accuracy, 4)}");
        output.WriteLine($"F1            macro {Figures.Fixed(result.Macro.F1, 4)}, micro {Figures.Fixed(result.Micro.F1, 4)}, weighted {Figures.Fixed(result.Weighted.F1, 4)}");
        if (result.Entities is { } entities)
        {
            output.WriteLine(
                $"entities      precision {Figures.Fixed(entities.Precision, 4)}, recall {Figures.Fixed(entities.Recall, 4)}, F1 {Figures.Fixed(entities.F1, 4)} of {Figures.Count(entities.Support)}");
        }

        output.WriteLine();
        WriteLabels(result, output);
        if (result.Labels.Count <= WidestMatrix)
        {
            output.WriteLine();
            WriteMatrix(result, output);
        }
    }

    private static void WriteLabels(LabelEvaluation result, TextWriter output)
    {
        TextTable table = new("label", ">precision", ">recall", ">F1", ">support");
        foreach (LabelScore score in result.Labels)
        {
            table.Add(score.Label, Figures.Fixed(score.Precision, 4), Figures.Fixed(score.Recall, 4), Figures.Fixed(score.F1, 4), Figures.Count(score.Support));
        }

        table.Write(output);
    }

    // Columns by number: names would make most tables wider than a screen.
    private static void WriteMatrix(LabelEvaluation result, TextWriter output)
    {
        int[] ids = [.. Enumerable.Range(0, result.Labels.Count)];
        TextTable table = new(["truth, taken for", .. ids.Select(id => ">" + Figures.Plain(id + 1))]);
        foreach (int truth in ids)
        {
            table.Add([$"{Figures.Plain(truth + 1)} {result.Labels[truth].Label}", .. result.Confusion[truth].Select(Figures.Plain)]);
        }

        table.Write(output);
    }

    private static JsonObject Json(LabelEvaluation result, TrainedLabeller model)
    {
        JsonObject line = new()
        {
            ["data"] = result.Data,
            ["step"] = model.Step,
            ["device"] = model.Device.Name,
            ["sequences"] = result.Sequences,
            ["count"] = result.Count,
            ["loss"] = Figures.Json(result.Loss),
            ["accuracy"] = Figures.Json(result.Accuracy),
            ["f1_macro"] = Figures.Json(result.Macro.F1),
            ["f1_micro"] = Figures.Json(result.Micro.F1),
            ["f1_weighted"] = Figures.Json(result.Weighted.F1),
            ["labels"] = new JsonArray([.. result.Labels.Select(score => (JsonNode)new JsonObject
            {
                ["label"] = score.Label,
                ["precision"] = Figures.Json(score.Precision),
                ["recall"] = Figures.Json(score.Recall),
                ["f1"] = Figures.Json(score.F1),
                ["support"] = score.Support,
            })]),
            ["confusion"] = new JsonArray([.. result.Confusion.Select(row => (JsonNode)new JsonArray([.. row.Select(count => (JsonNode)count)]))]),
        };
        if (result.Entities is { } entities)
        {
            line["entity_precision"] = Figures.Json(entities.Precision);
            line["entity_recall"] = Figures.Json(entities.Recall);
            line["entity_f1"] = Figures.Json(entities.F1);
            line["entities"] = entities.Support;
        }

        return line;
    }
}
