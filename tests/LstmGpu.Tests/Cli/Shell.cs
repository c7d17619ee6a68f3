using LstmGpu.Cli;

namespace LstmGpu.Tests.Cli;

/// <summary>Runs the command line inside the test process.</summary>
internal static class Shell
{
    public static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        int code = CommandLine.Run(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
