using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;

namespace LstmGpu.Cli;

/// <summary>Says in one line what is wrong with the arguments, before any command runs.</summary>
internal static class UsageError
{
    /// <returns>The line, or null where the arguments can be run.</returns>
    public static string? Find(ParseResult parse, string[] args)
    {
        if (parse.Action is HelpAction)
        {
            return null;
        }

        string? problem = UnknownFlag(parse, args) ?? Unmatched(parse) ?? MissingCommand(parse) ?? parse.Errors.Select(Words).FirstOrDefault();
        return problem is null ? null : $"{problem}; see '{Name(parse.CommandResult)} --help'";
    }

    /// <summary>A misspelt flag is otherwise taken for the value of the flag before it, or for a run directory.</summary>
    private static string? UnknownFlag(ParseResult parse, string[] args)
    {
        HashSet<string> known = [.. Options(parse.CommandResult).SelectMany(option => option.Aliases.Append(option.Name))];
        IEnumerable<string> given = args.TakeWhile(arg => arg != "--").Where(arg => arg.StartsWith("--", StringComparison.Ordinal));
        string? unknown = given.Select(arg => arg.Split('=')[0]).FirstOrDefault(flag => !known.Contains(flag));
        unknown ??= Positional(parse.CommandResult).FirstOrDefault(text => text.Length > 1 && text[0] == '-' && !args.Contains("--"));
        if (unknown is null)
        {
            return null;
        }

        string? near = Suggestion.Nearest(unknown, known.Where(flag => flag.StartsWith("--", StringComparison.Ordinal)));
        if (near is null && SettingCatalog.NearestPath(unknown.TrimStart('-').Replace('-', '_')) is { } path)
        {
            string flag = SettingCatalog.OfPath(path, unknown).Flag;
            near = known.Contains(flag) ? flag : null;
        }

        string hint = near is null ? $"expected a flag of '{Name(parse.CommandResult)}'" : $"did you mean '{near}'?";
        return $"found unknown flag '{unknown}', {hint}";
    }

    private static string? Unmatched(ParseResult parse)
    {
        if (parse.UnmatchedTokens.Count == 0)
        {
            return null;
        }

        string token = parse.UnmatchedTokens[0];
        Command command = parse.CommandResult.Command;
        if (command.Subcommands.Count == 0)
        {
            return $"found unexpected argument '{token}', expected flags only";
        }

        string names = string.Join(", ", command.Subcommands.Select(sub => sub.Name));
        string hint = Suggestion.Nearest(token, command.Subcommands.Select(sub => sub.Name)) is { } near ? $"; did you mean '{near}'?" : "";
        return $"found unknown command '{token}', expected one of {names}{hint}";
    }

    private static string? MissingCommand(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        return command.Action is null && command.Subcommands.Count > 0 && parse.Errors.Count > 0
            ? $"found no command, expected one of {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}"
            : null;
    }

    private static string Words(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0, Option: var option } => $"{option.Name}: found no value, expected {Expected(option)}",
        OptionResult { Tokens.Count: > 1 and var count, Option: var option } => $"{option.Name}: found {Figures.Plain(count)} values, expected one",
        ArgumentResult { Tokens.Count: 0, Parent: CommandResult, Argument: var argument } => $"{argument.Name}: found nothing, expected {argument.Description}",
        _ => error.Message.TrimEnd('.'),
    };

    private static string? Expected(Option option) => SettingCatalog.All.FirstOrDefault(s => s.Flag == option.Name)?.Expected ?? option.HelpName;

    private static IEnumerable<Option> Options(CommandResult result)
    {
        foreach (Option option in result.Command.Options)
        {
            yield return option;
        }

        for (SymbolResult? parent = result.Parent; parent is not null; parent = parent.Parent)
        {
            foreach (Option option in ((CommandResult)parent).Command.Options.Where(option => option.Recursive))
            {
                yield return option;
            }
        }
    }

    private static IEnumerable<string> Positional(CommandResult result) =>
        result.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);

    private static string Name(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Name(parent)} {result.Command.Name}" : result.Command.Name;
}
