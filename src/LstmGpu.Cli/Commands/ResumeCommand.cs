using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu resume</c>: continues a run from its last checkpoint, bit for bit.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> run = new("DIR") { Description = "the run directory" };
        Option<long?> steps = NumberFlag.Whole("--steps", "new total of optimizer updates; left out, as the run had it", new NumberRange(Minimum: 1));
        Option<long?> patience = NumberFlag.Whole("--patience", "evaluations without a new best that end the run, 0: none; left out, as the run had it", new NumberRange(Minimum: 0, Maximum: int.MaxValue));
        Option<string> time = new("--max-time") { Description = "time that this process may train, such as 90s, 15m, 2h or 1:30:00, or none; left out, as the run had it", HelpName = "TIME" };
        DeviceFlags device = new();
        Command command = new("resume", "Continue a run from its last checkpoint, bit for bit.") { run, steps, patience, time };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            string directory = parse.GetRequiredValue(run);
            ResumeOptions changes = device.Changes(parse, parse.GetValue(steps), (int?)parse.GetValue(patience)) with { MaxTime = parse.GetValue(time) };
            if (!Directory.Exists(directory))
            {
                throw new DataException($"DIR: found no directory '{directory}', expected a run directory with checkpoints; 'lstmgpu train' makes one");
            }

            bool verbose = parse.GetValue(context.Verbose);
            using RunLog log = new(directory, verbose ? context.Error : null);
            return TrainingSession.Run(() => TrainingRun.Resume(directory, changes, log.Loggers), changes.Device, log, verbose, context);
        });
        return command;
    }
}
