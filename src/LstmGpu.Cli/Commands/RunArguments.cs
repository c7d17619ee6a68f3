using System.CommandLine;
using System.Globalization;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>Which trained model a command reads: <c>[RUN] --checkpoint --device --threads</c>.</summary>
internal sealed class RunArguments
{
    private readonly Argument<string?> run = new("RUN")
    {
        Description = $"a run directory; left out, the run under {RunDirectories.Root}/ that was written last",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> checkpoint = new("--checkpoint") { Description = "best, last or step-N [default best]", HelpName = "NAME" };

    private readonly DeviceFlags device = new();

    public void AddTo(Command command)
    {
        command.Add(run);
        command.Add(checkpoint);
        device.AddTo(command);
    }

    /// <exception cref="ConfigurationException">No such checkpoint name, or no run to default to.</exception>
    public TrainedModel Load(ParseResult parse) => TrainedModel.Load(Directory(parse), Checkpoint(parse), device.Options(parse));

    /// <inheritdoc cref="Load"/>
    public TrainedForecaster LoadForecaster(ParseResult parse) => TrainedForecaster.Load(Directory(parse), Checkpoint(parse), device.Options(parse));

    /// <inheritdoc cref="Load"/>
    public TrainedRegressor LoadRegressor(ParseResult parse) => TrainedRegressor.Load(Directory(parse), Checkpoint(parse), device.Options(parse));

    /// <summary>The task that the run was trained for.</summary>
    public string Task(ParseResult parse) => new RunDirectory(Directory(parse)).ReadOptions().Task.Name;

    private string Directory(ParseResult parse) => parse.GetValue(run) ?? RunDirectories.MostRecent(RunDirectories.Root);

    private string Checkpoint(ParseResult parse)
    {
        string name = parse.GetValue(checkpoint) ?? "best";
        bool known = name is "best" or "last"
            || name.StartsWith("step-", StringComparison.Ordinal) && long.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return known ? name : throw NumberText.Unusable("--checkpoint", $"'{name}'", "best, last or step-N such as step-500");
    }
}
