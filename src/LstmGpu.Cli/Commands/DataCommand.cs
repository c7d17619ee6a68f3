using System.CommandLine;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu data</c>: makes the data sets of the project.</summary>
internal static class DataCommand
{
    public static Command Create(CommandContext context)
    {
        Command make = new("make", "Make a data set.")
        {
            MakeAgreementCommand.Create(context),
            MakeTableCommand.Adding(context),
            MakeTableCommand.Prices(context),
            MakeTextCommand.Reber(context),
            MakeTextCommand.Sentiment(context),
        };
        return new Command("data", "Make data sets.") { make };
    }
}
