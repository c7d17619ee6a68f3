using System.CommandLine;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Reporting;
using LstmGpu.Devices;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu devices</c>: every device of this build and whether it computes, or why it cannot run here.</summary>
internal static class DevicesCommand
{
    public static Command Create(CommandContext context)
    {
        Option<bool> json = new("--json") { Description = "print a JSON array", Arity = ArgumentArity.Zero };
        Command command = new("devices", "List the devices, best first: what each one is and whether a short self-test passed, or why it cannot run here.") { json };
        command.SetAction(parse =>
        {
            (DeviceReport, SelfTest?)[] devices = [.. DeviceCatalog.List().Select(r => (r, r.Device is null ? null : DeviceDoctor.Test(r.Name)))];
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(Json(devices).ToJsonString(RunOptionsJson.Form));
            }
            else
            {
                Write(devices, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    internal static void Write(IReadOnlyList<(DeviceReport Report, SelfTest? Test)> devices, TextWriter output)
    {
        TextTable table = new("device", "hardware", "platform", "driver", ">units", ">memory", "self-test");
        foreach ((DeviceReport report, SelfTest? test) in devices)
        {
            if (report.Device is { } device)
            {
                string memory = $"{Figures.Fixed(device.MemoryBytes / 1073741824.0, 1)} GiB";
                table.Add(report.Name, device.Model, device.Platform, device.Driver, Figures.Plain(device.Units), memory, Result(test));
            }
            else
            {
                table.Add(report.Name, "not available", "", "", "", "", "");
            }
        }

        table.Write(output);
        foreach ((DeviceReport report, _) in devices.Where(d => d.Report.Unavailable is not null))
        {
            output.WriteLine($"{report.Name}: {report.Unavailable}");
        }
    }

    internal static JsonArray Json(IReadOnlyList<(DeviceReport Report, SelfTest? Test)> devices) => new([.. devices.Select(d => (JsonNode)new JsonObject
    {
        ["name"] = d.Report.Name,
        ["available"] = d.Report.Device is not null,
        ["model"] = d.Report.Device?.Model,
        ["detail"] = d.Report.Device?.Detail,
        ["platform"] = d.Report.Device?.Platform,
        ["driver"] = d.Report.Device?.Driver,
        ["units"] = d.Report.Device?.Units,
        ["memory_bytes"] = d.Report.Device?.MemoryBytes,
        ["largest_buffer_bytes"] = d.Report.Device?.LargestBufferBytes,
        ["self_test"] = d.Test is { } test ? HealthReport.Json(test.Health) : null,
        ["reason"] = d.Report.Unavailable,
    })]);

    private static string Result(SelfTest? test) => test?.Health switch
    {
        null => "",
        { Failure: { } failure } => $"failed: {failure}",
        { Passed: true } health => $"passed, worst error {HealthReport.Share(health.WorstError)} of its tolerance",
        var health => $"failed, worst error {HealthReport.Share(health.WorstError)} times its tolerance",
    };
}
