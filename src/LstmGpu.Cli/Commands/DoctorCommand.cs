using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu doctor</c>: every operation of a device on awkward shapes, against double precision.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        DeviceFlags device = new();
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        Command command = new("doctor", "Hold every operation of a device against a double-precision reference; exit code 4 where one fails.") { json };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            DeviceHealth health = DeviceDoctor.Examine(device.Options(parse), context.Cancel);
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(HealthReport.Json(health).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                HealthReport.Write(health, context.Output);
            }

            return health.Passed ? ExitCode.Done : ExitCode.Device;
        });
        return command;
    }
}
