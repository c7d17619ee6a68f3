using System.CommandLine;
using System.Text;
using LstmGpu.Data;
using LstmGpu.Formats;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu data make adding</c> and <c>prices</c>: tables for <c>--task regress</c> and <c>--task forecast</c>.</summary>
internal static class MakeTableCommand
{
    public static Command Adding(CommandContext context)
    {
        Option<long?> sequences = NumberFlag.Whole("--sequences", "sequences of the file", new NumberRange(1, int.MaxValue), 10_000);
        Option<long?> length = NumberFlag.Whole("--length", "steps of a sequence", new NumberRange(2, 1 << 20), 100);
        Command command = new("adding", "The adding problem: each sequence's target is the sum of its two marked values.") { sequences, length };
        return Writing(command, context, (parse, seed) =>
            AddingProblem.Lines(seed, (int)(parse.GetValue(sequences) ?? 10_000), (int)(parse.GetValue(length) ?? 100)));
    }

    public static Command Prices(CommandContext context)
    {
        Option<long?> rows = NumberFlag.Whole("--rows", "rows of the file", new NumberRange(1, 1 << 24), 400);
        Option<long?> season = NumberFlag.Whole("--season", "rows of a season", new NumberRange(2, 1 << 20), 12);
        Command command = new("prices", "A price-like series: growth, a season that grows with it, and noise.") { rows, season };
        return Writing(command, context, (parse, seed) => PriceSeries.Lines(seed, (int)(parse.GetValue(rows) ?? 400), (int)(parse.GetValue(season) ?? 12)));
    }

    /// <summary>A command with <c>--seed</c> and <c>--out</c> that writes lines to a new file or to stdout.</summary>
    internal static Command Writing(Command command, CommandContext context, Func<ParseResult, long, IEnumerable<string>> lines)
    {
        Option<long?> seed = NumberFlag.Whole("--seed", "same seed, same file", new NumberRange(Minimum: 0), 1);
        Option<string> into = new("--out") { Description = "a new file; left out, stdout", HelpName = "FILE" };
        command.Add(seed);
        command.Add(into);
        command.SetAction(parse =>
        {
            IEnumerable<string> made = lines(parse, parse.GetValue(seed) ?? 1);
            if (parse.GetValue(into) is { } file)
            {
                WriteNew(file, made, context.Cancel);
                return ExitCode.Done;
            }

            foreach (string line in made)
            {
                context.Cancel.ThrowIfCancellationRequested();
                context.Output.Write(line + "\n");
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteNew(string file, IEnumerable<string> lines, CancellationToken cancel)
    {
        if (file.Length == 0 || Path.Exists(file))
        {
            throw new ConfigurationException($"--out: found '{file}', expected the name of a file that does not exist; use another --out or remove it");
        }

        DurableFile.Write(file, stream =>
        {
            foreach (string line in lines)
            {
                cancel.ThrowIfCancellationRequested();
                stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
            }
        });
    }
}
