using System.Globalization;
using LstmGpu.Cli;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

using TextWriter output = StandardOutput.Open();
using Interruption interruption = new(Console.Error);
bool errorIsTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
return CommandLine.Run(args, new CommandContext(output, Console.Error, !Console.IsOutputRedirected, errorIsTerminal, interruption.Token));
