using System.CommandLine;
using System.CommandLine.Help;
using LstmGpu.Cli.Commands;

namespace LstmGpu.Cli;

/// <summary>The whole program but for the process around it: arguments in, exit code out.</summary>
internal static class CommandLine
{
    // '@' and bundled letters have no meaning here: a prime may begin with either.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static int Run(string[] args, TextWriter output, TextWriter error) =>
        Run(args, new CommandContext(output, error, OutputIsTerminal: false, ErrorIsTerminal: false, CancellationToken.None));

    public static int Run(string[] args, CommandContext context)
    {
        ParseResult parse = Parse(args, context);
        try
        {
            if (UsageError.Find(parse, args) is { } usage)
            {
                context.Error.WriteLine("lstmgpu: " + usage);
                return ExitCode.Usage;
            }

            return parse.Invoke(new InvocationConfiguration
            {
                Output = context.Output,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Interruption owns the signals
            });
        }
        catch (Exception e) when (StandardOutput.IsBrokenPipe(e))
        {
            return ExitCode.Done;
        }
        catch (Exception e)
        {
            context.Error.WriteLine("lstmgpu: " + Line(e));
            if (parse.GetValue(context.Verbose))
            {
                context.Error.WriteLine(e);
            }

            return ExitCode.Of(e);
        }
    }

    /// <summary>What the arguments mean; nothing is run.</summary>
    public static ParseResult Parse(string[] args, CommandContext context) => Build(context).Parse(args, Parser);

    /// <summary>The command tree. A plain command is its root, because a <see cref="RootCommand"/> takes the name of the executable file.</summary>
    public static Command Build(CommandContext context) => new("lstmgpu", "Trains recurrent networks on text, on a GPU or a CPU.")
    {
        new HelpOption(),
        new VersionOption(),
        context.Verbose,
        TrainCommand.Create(context),
        ResumeCommand.Create(context),
        EvalCommand.Create(context),
        GenerateCommand.Create(context),
        PredictCommand.Create(context),
        ForecastCommand.Create(context),
        ReportCommand.Create(context),
        DataCommand.Create(context),
        DevicesCommand.Create(context),
        DoctorCommand.Create(context),
        VerifyCommand.Create(context),
        KernelsCommand.Create(context),
        BenchCommand.Create(context),
        InspectCommand.Create(context),
        VectorsCommand.Create(context),
        ConfigCommand.Create(context),
    };

    private static string Line(Exception exception) => ExitCode.Of(exception) switch
    {
        ExitCode.Failed =>
            $"internal error: {OneLine($"{exception.GetType().Name}: {exception.Message}").TrimEnd('.')}; run again with --verbose for the stack trace",
        ExitCode.Interrupted => "interrupted",
        _ when exception is OutOfMemoryException =>
            "found too little memory, expected enough for every buffer; use a smaller --batch, --bptt or --hidden ('lstmgpu train --dry-run' shows the plan)",
        _ => OneLine(exception.Message),
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
