using System.CommandLine;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu report</c>: makes the report of a run again, from its files alone.</summary>
internal static class ReportCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string?> run = new("RUN")
        {
            Description = $"a run directory; left out, the run under {RunDirectories.Root}/ that was written last",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Command command = new("report", "Write report.html into a run directory: curves, settings and samples, in one file without network.") { run };
        command.SetAction(parse =>
        {
            context.Output.WriteLine(RunReport.Write(parse.GetValue(run) ?? RunDirectories.MostRecent(RunDirectories.Root)));
            return ExitCode.Done;
        });
        return command;
    }
}
