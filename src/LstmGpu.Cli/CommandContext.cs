using System.CommandLine;

namespace LstmGpu.Cli;

/// <summary>What a command writes to and listens to.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Diagnostics and progress.</param>
/// <param name="OutputIsTerminal">A person reads <see cref="Output"/>.</param>
/// <param name="ErrorIsTerminal">A person watches <see cref="Error"/>: progress may be drawn in place.</param>
/// <param name="Cancel">Fires at the first Ctrl-C.</param>
internal sealed record CommandContext(TextWriter Output, TextWriter Error, bool OutputIsTerminal, bool ErrorIsTerminal, CancellationToken Cancel)
{
    /// <summary>The flag that every command takes.</summary>
    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "log to stderr and show the stack trace of an error",
        Recursive = true,
        Arity = ArgumentArity.Zero,
    };
}
