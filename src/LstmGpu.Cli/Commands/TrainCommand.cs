using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu train</c>: trains into a new run directory, or with <c>--dry-run</c> prints what it would do.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandContext context)
    {
        SettingFlags settings = new();
        Option<string> into = new("--out")
        {
            Description = $"the run directory, new or empty [default {RunDirectories.Root}/<date-time in UTC>]",
            HelpName = "DIR",
        };
        Option<bool> dryRun = new("--dry-run") { Description = "print parameters, memory and steps, and write nothing", Arity = ArgumentArity.Zero };
        Command command = new("train", "Train a model; without a flag, a character language model on the bundled corpus with good defaults.") { into, dryRun };
        settings.AddTo(command);
        command.SetAction(parse =>
        {
            ResolvedConfiguration configuration = settings.Resolve(parse);
            TaskSettings.RequireOwn(configuration.Options.Task.Name, configuration.Named);
            string directory = parse.GetValue(into) is { } name ? RunDirectories.Fresh(name) : RunDirectories.Next(RunDirectories.Root, DateTime.UtcNow);
            using RunLog log = new(directory, parse.GetValue(context.Verbose) ? context.Error : null);
            if (parse.GetValue(dryRun))
            {
                using TrainingRun planned = TrainingRun.Create(configuration.Options, directory, log.Loggers);
                PlanReport.Write(planned.Plan, context.Output);
                return ExitCode.Done;
            }

            RunOptions options = configuration.Options;
            return TrainingSession.Run(() => TrainingRun.Create(options, directory, log.Loggers), options.Device.Name, log, parse.GetValue(context.Verbose), context);
        });
        return command;
    }
}
