using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu bench device</c>: bandwidth of memory and cost of a launch.</summary>
internal static class BenchDeviceCommand
{
    public static Command Create(CommandContext context)
    {
        Option<long?> repeat = NumberFlag.Whole("--repeat", "timed repetitions of which the median is taken", new NumberRange(1, 1_000_000), 7);
        Option<long?> largest = NumberFlag.Whole("--megabytes", "size of the largest buffer", new NumberRange(1, 65536), 256);
        Option<bool> json = new("--json") { Description = "print one JSON object per measurement, a line each", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command command = new("device", "Time what operations are made of: memory, launches (direct and in a graph), and the way back to the host.") { repeat, largest, json };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            IReadOnlyList<DeviceBenchmarkRow> rows = DeviceBenchmark.Run(
                device.Options(parse), (int)(parse.GetValue(repeat) ?? 7), (parse.GetValue(largest) ?? 256) << 20, context.Cancel);
            BenchmarkReport.Print(rows, parse.GetValue(json), BenchmarkReport.Json, BenchmarkReport.Write, context.Output);
            return ExitCode.Done;
        });
        return command;
    }
}
