using System.CommandLine;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Devices;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu devices</c>: every device of this build, or why it cannot run here.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandContext context)
    {
        Option<bool> json = new("--json") { Description = "print a JSON array", Arity = ArgumentArity.Zero };
        Command command = new("devices", "List the devices, best first: what each one is, or why it cannot run here.") { json };
        command.SetAction(parse =>
        {
            IReadOnlyList<DeviceReport> reports = DeviceCatalog.List();
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(Json(reports).ToJsonString(RunOptionsJson.Form));
            }
            else
            {
                Write(reports, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    internal static void Write(IReadOnlyList<DeviceReport> reports, TextWriter output)
    {
        TextTable table = new("device", "hardware", "detail", ">memory");
        foreach (DeviceReport report in reports)
        {
            if (report.Device is { } device)
            {
                table.Add(report.Name, device.Model, device.Detail, $"{Figures.Fixed(device.MemoryBytes / 1073741824.0, 1)} GiB");
            }
            else
            {
                table.Add(report.Name, "not available", report.Unavailable ?? "", "");
            }
        }

        table.Write(output);
    }

    internal static JsonArray Json(IReadOnlyList<DeviceReport> reports) => new([.. reports.Select(report => (JsonNode)new JsonObject
    {
        ["name"] = report.Name,
        ["available"] = report.Device is not null,
        ["model"] = report.Device?.Model,
        ["detail"] = report.Device?.Detail,
        ["memory_bytes"] = report.Device?.MemoryBytes,
        ["reason"] = report.Unavailable,
    })]);
}
