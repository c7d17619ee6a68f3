using LstmGpu.Devices;
using LstmGpu.Reporting;

namespace LstmGpu.Cli.Reporting;

/// <summary>The plan of a run as text: in full for <c>--dry-run</c>, in a few lines before training.</summary>
internal static class PlanReport
{
    public static void Write(RunPlan plan, TextWriter output)
    {
        output.WriteLine($"device {Describe(plan.Device)}");
        output.WriteLine();
        WriteParameters(plan, output);
        output.WriteLine();
        WriteLayers(plan, output);
        output.WriteLine();
        WriteArenas(plan, output);
        output.WriteLine();
        foreach (DataRow row in plan.Data.Append(new("steps", plan.Steps)))
        {
            output.WriteLine($"{row.Name,-17}  {Figures.Count(row.Count)}");
        }
    }

    public static void WriteSummary(RunPlan plan, TextWriter error)
    {
        error.WriteLine($"model {Figures.Count(plan.ParameterCount)} parameters, memory {Figures.Bytes(plan.TotalBytes)}");
        error.WriteLine(plan.Summary);
        error.WriteLine($"plan {Figures.Count(plan.Steps)} steps, {Figures.Count(plan.BatchesPerEpoch)} an epoch");
    }

    public static string Describe(DeviceDescription device) =>
        $"{device.Name}: {device.Model} ({device.Detail}{Products(device)})";

    private static string Products(DeviceDescription device)
    {
        string rounded = device.Precision is null or "fp32-strict" ? "" : $" in {device.Precision}";
        string by = device.GemmLibrary is { } library ? $" by {library}" : device.GemmReason is not null ? " by own kernels" : "";
        string why = device.GemmReason is { } reason ? $", {reason}" : "";
        return rounded + by is { Length: > 0 } what ? $", products{what}{why}" : "";
    }

    private static void WriteParameters(RunPlan plan, TextWriter output)
    {
        TextTable table = new("parameter", "shape", ">count");
        foreach (ParameterRow row in plan.Parameters)
        {
            table.Add(row.Name, $"[{string.Join(", ", row.Shape.Select(Figures.Plain))}]", Figures.Count(row.Count));
        }

        table.Add("total", "", Figures.Count(plan.ParameterCount));
        table.Write(output);
    }

    private static void WriteLayers(RunPlan plan, TextWriter output)
    {
        TextTable table = new("layer", ">I", ">H", ">textbook, one bias", ">PyTorch, two biases");
        foreach (RecurrentLayerRow row in plan.Layers)
        {
            string layer = Figures.Plain(row.Layer), input = Figures.Plain(row.Input), hidden = Figures.Plain(row.Hidden);
            table.Add(layer, input, hidden, Figures.Count(row.TextbookCount), Figures.Count(row.PyTorchCount));
        }

        table.Write(output);
    }

    private static void WriteArenas(RunPlan plan, TextWriter output)
    {
        TextTable table = new("arena", ">bytes", ">MiB");
        foreach (ArenaRow row in plan.Arenas.Append(new ArenaRow("total", plan.TotalBytes)))
        {
            table.Add(row.Name, Figures.Count(row.Bytes), Figures.Fixed(row.Bytes / 1048576.0, 2));
        }

        table.Write(output);
        output.WriteLine($"device memory {Figures.Bytes(plan.Device.MemoryBytes)}, largest batch that fits {Figures.Count(plan.LargestBatch)}");
    }
}
