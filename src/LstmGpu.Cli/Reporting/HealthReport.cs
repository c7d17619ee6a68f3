using System.Text.Json.Nodes;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Reporting;

/// <summary>What was found of a device, as text and as JSON.</summary>
internal static class HealthReport
{
    public static void Write(DeviceHealth health, TextWriter output)
    {
        output.WriteLine($"device {PlanReport.Describe(health.Device)}");
        output.WriteLine();
        TextTable table = new("operation", ">cases", ">worst error / tolerance", "worst shape", "result");
        foreach (OperationHealth operation in health.Operations)
        {
            string result = operation.Passed ? "passed" : operation.Failure is { } failure ? $"failed: {failure}" : "failed";
            table.Add(operation.Operation, Figures.Count(operation.Cases), Share(operation.WorstError), operation.WorstShape, result);
        }

        table.Write(output);
        output.WriteLine();
        int failed = health.Operations.Count(o => !o.Passed);
        output.WriteLine(failed == 0
            ? $"all {Figures.Plain(health.Operations.Count)} operations passed"
            : $"{Figures.Plain(failed)} of {Figures.Plain(health.Operations.Count)} operations failed; update its driver, or use another device of 'lstmgpu devices'");
    }

    public static JsonObject Json(DeviceHealth health) => new()
    {
        ["device"] = health.Device.Name,
        ["model"] = health.Device.Model,
        ["driver"] = health.Device.Driver,
        ["passed"] = health.Passed,
        ["operations"] = new JsonArray([.. health.Operations.Select(o => (JsonNode)Json(o))]),
    };

    public static JsonObject Json(OperationHealth operation) => new()
    {
        ["operation"] = operation.Operation,
        ["passed"] = operation.Passed,
        ["cases"] = operation.Cases,
        ["worst_error"] = Figures.Json(operation.WorstError),
        ["worst_shape"] = operation.WorstShape,
        ["failure"] = operation.Failure,
    };

    public static string Share(double error) => double.IsFinite(error) ? Figures.Fixed(error, 3) : "-";
}
