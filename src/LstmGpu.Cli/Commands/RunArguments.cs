using System.CommandLine;
using System.Globalization;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;
using LstmGpu.Tasks.Language;

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

    /// <summary>The model of the run: <c>Load(parse, TrainedModel.Load)</c>.</summary>
    /// <exception cref="ConfigurationException">No such checkpoint name, no run to default to, or one of another task.</exception>
    public T Load<T>(ParseResult parse, Func<string, string, DeviceOptions, T> load)
    {
        (string directory, string name, DeviceOptions options) = Source(parse);
        return load(directory, name, options);
    }

    /// <summary>The task that the run was trained for.</summary>
    public string Task(ParseResult parse) => new RunDirectory(Source(parse).Directory).ReadOptions().Task.Name;

    /// <summary>Whether a task is that of a language model.</summary>
    public static bool IsLanguage(string task) => task is LanguageTask.Characters or LanguageTask.Words;

    /// <summary>Directory, checkpoint and device.</summary>
    /// <exception cref="ConfigurationException">No such checkpoint name, or no run to default to.</exception>
    public (string Directory, string Checkpoint, DeviceOptions Device) Source(ParseResult parse)
    {
        string name = parse.GetValue(checkpoint) ?? "best";
        bool known = name is "best" or "last"
            || name.StartsWith("step-", StringComparison.Ordinal) && long.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        if (!known)
        {
            throw NumberText.Unusable("--checkpoint", $"'{name}'", "best, last or step-N such as step-500");
        }

        DeviceOptions options = device.Options(parse);
        return (parse.GetValue(run) ?? RunDirectories.MostRecent(RunDirectories.Root), name, options);
    }
}
