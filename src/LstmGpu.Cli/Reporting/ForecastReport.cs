using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>The evaluation of a forecaster as text and as JSON.</summary>
internal static class ForecastReport
{
    public static void Write(ForecastEvaluation result, TrainedForecaster model, TextWriter output)
    {
        void Line(string name, string value) => output.WriteLine($"{name,-20}{value}");
        Line("data", result.Data);
        Line("checkpoint", "step " + Figures.Plain(model.Step));
        Line("device", PlanReport.Describe(model.Device));
        Line("forecasts", Figures.Count(result.Count));
        Line("loss", Figures.Fixed(result.Found.Loss, 4));
        foreach (Metric metric in result.Found.Metrics)
        {
            Line(MetricText.Words(metric.Name), MetricText.Value(metric));
        }
    }

    public static JsonObject Json(ForecastEvaluation result, TrainedForecaster model)
    {
        JsonObject line = new()
        {
            ["data"] = result.Data,
            ["step"] = model.Step,
            ["device"] = model.Device.Name,
            ["forecasts"] = result.Count,
            ["loss"] = Figures.Json(result.Found.Loss),
        };
        foreach (Metric metric in result.Found.Metrics)
        {
            line[metric.Name] = Figures.Json(metric.Value);
        }

        return line;
    }
}
