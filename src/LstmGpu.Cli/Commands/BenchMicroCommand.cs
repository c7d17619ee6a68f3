using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu bench micro</c>: what decides how a recurrence is spread over a GPU.</summary>
internal static class BenchMicroCommand
{
    public static Command Create(CommandContext context)
    {
        Option<long?> repeat = NumberFlag.Whole("--repeat", "timed repetitions of which the median is taken", new NumberRange(1, 1_000_000), 7);
        Option<bool> quick = new("--quick") { Description = "small sizes: they prove that it runs, the numbers say nothing", Arity = ArgumentArity.Zero };
        Option<bool> json = new("--json") { Description = "print one JSON object per measurement, a line each", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command command = new(
            "micro",
            "Time what a recurrence that is spread over a GPU is made of: barriers and exchanges between groups and within clusters, gathering, tensor cores, launches; and the error of the special functions.")
        {
            repeat, quick, json,
        };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            IReadOnlyList<MicroBenchmarkRow> rows = MicroBenchmark.Run(device.Options(parse), (int)(parse.GetValue(repeat) ?? 7), parse.GetValue(quick), context.Cancel);
            BenchmarkReport.Print(rows, parse.GetValue(json), BenchmarkReport.Json, BenchmarkReport.Write, context.Output);
            return rows.Any(row => row.Failed) ? ExitCode.Device : ExitCode.Done;
        });
        return command;
    }
}
