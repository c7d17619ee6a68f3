using System.CommandLine;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu inspect</c>: what goes on inside recurrent networks.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandContext context) => new("inspect", "Look inside recurrent networks.") { InspectGatesCommand.Create(context) };
}
