using System.Text.Json.Nodes;
using LstmGpu.Devices;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>An evaluation of numbers as text and as JSON.</summary>
internal static class ForecastReport
{
    public static void Write(ForecastEvaluation result, long step, DeviceDescription device, TextWriter output)
    {
        void Line(string name, string value) => output.WriteLine($"{name,-20}{value}");
        Line("data", result.Data);
        Line("checkpoint", "step " + Figures.Plain(step));
        Line("device", PlanReport.Describe(device));
        Line("forecasts", Figures.Count(result.Count));
        Line("loss", Figures.Fixed(result.Found.Loss, 4));
        foreach (Metric metric in result.Found.Metrics)
        {
            Line(MetricText.Words(metric.Name), MetricText.Value(metric));
        }
    }

    public static JsonObject Json(ForecastEvaluation result, long step, DeviceDescription device)
    {
        JsonObject line = new()
        {
            ["data"] = result.Data,
            ["step"] = step,
            ["device"] = device.Name,
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
