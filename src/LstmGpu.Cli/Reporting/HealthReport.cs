using System.Text.Json.Nodes;
using LstmGpu.Devices;
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
        if (health.Kernels.Count > 0)
        {
            WriteKernels(health.Kernels, output);
        }
    }

    public static JsonObject Json(DeviceHealth health) => new()
    {
        ["device"] = health.Device.Name,
        ["model"] = health.Device.Model,
        ["driver"] = health.Device.Driver,
        ["passed"] = health.Passed,
        ["operations"] = new JsonArray([.. health.Operations.Select(o => (JsonNode)Json(o))]),
        ["kernels"] = new JsonArray([.. health.Kernels.Select(k => (JsonNode)Json(k))]),
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

    private static void WriteKernels(IReadOnlyList<KernelHealth> kernels, TextWriter output)
    {
        output.WriteLine();
        TextTable table = new("kernel", ">registers", ">shared bytes", ">spilled bytes", ">groups per unit", "result");
        foreach (KernelHealth kernel in kernels)
        {
            KernelResources r = kernel.Resources;
            string result = !kernel.Passed ? "failed: a hot kernel must not spill" : kernel.Hot ? "passed" : "";
            table.Add(
                r.Kernel, Figures.Plain(r.Registers), Figures.Count(r.SharedBytes), Figures.Count(r.SpillBytes), Figures.Plain(r.GroupsPerUnit), result);
        }

        table.Write(output);
    }

    private static JsonObject Json(KernelHealth kernel) => new()
    {
        ["kernel"] = kernel.Resources.Kernel,
        ["registers"] = kernel.Resources.Registers,
        ["shared_bytes"] = kernel.Resources.SharedBytes,
        ["spill_bytes"] = kernel.Resources.SpillBytes,
        ["groups_per_unit"] = kernel.Resources.GroupsPerUnit,
        ["hot"] = kernel.Hot,
        ["passed"] = kernel.Passed,
    };

    public static string Share(double error) => double.IsFinite(error) ? Figures.Fixed(error, 3) : "-";
}
