using System.CommandLine;
using System.CommandLine.Parsing;
using LstmGpu.Cli.Configuration;

namespace LstmGpu.Cli.Commands;

/// <summary>A flag for each setting, with <c>--config</c> and <c>--set</c>: what <c>train</c> and <c>config print</c> take.</summary>
internal sealed class SettingFlags
{
    // Texts, not numbers: the catalog reads them, so that every layer of the configuration refuses a value in the same words.
    private readonly List<(Setting Setting, Option<string> Option)> flags =
        [.. SettingCatalog.All.Select(s => (s, Flag(s)))];

    private readonly Option<string> config = new("--config") { Description = "a JSON file of settings; --set and flags override it", HelpName = "FILE" };

    private readonly Option<string[]> sets = new("--set")
    {
        Description = "one setting by its path, such as training.learning_rate=0.1; repeatable; flags override it",
        HelpName = "PATH=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    public void AddTo(Command command)
    {
        command.Add(config);
        command.Add(sets);
        foreach ((_, Option<string> option) in flags)
        {
            command.Add(option);
        }
    }

    /// <exception cref="ConfigurationException">A value that its setting refuses, or an unknown setting.</exception>
    public ResolvedConfiguration Resolve(ParseResult parse) => ResolvedConfiguration.Resolve(
        parse.GetValue(config),
        parse.GetValue(sets) ?? [],
        flags.Where(flag => parse.GetResult(flag.Option) is not null).Select(flag => (flag.Setting, parse.GetValue(flag.Option) ?? "true")),
        EnvironmentSettings.OfProcess());

    internal static string HelpName(Setting setting) => setting.OneOf is not null ? "WORD" : setting.IsSwitch ? "true|false" : setting.IsWhole ? "N" : setting.IsNumber ? "X" : "TEXT";

    private static Option<string> Flag(Setting setting) => new(setting.Flag)
    {
        Description = setting.Help,
        HelpName = HelpName(setting),
        Arity = setting.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
    };
}
