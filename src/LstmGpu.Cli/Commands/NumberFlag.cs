using System.CommandLine;
using LstmGpu.Cli.Configuration;

namespace LstmGpu.Cli.Commands;

/// <summary>Flags that hold a number and are no setting of a run, read as strictly as settings are.</summary>
internal static class NumberFlag
{
    public static Option<long?> Whole(string name, string description, NumberRange range, long? otherwise = null) =>
        Flag(name, "N", description, range, otherwise, (text, r) => (long?)NumberText.Whole(name, text, r));

    public static Option<double?> Real(string name, string description, NumberRange range, double? otherwise = null) =>
        Flag(name, "X", description, range, otherwise, (text, r) => (double?)NumberText.Real(name, text, r));

    private static Option<T> Flag<T>(string name, string helpName, string description, NumberRange range, T otherwise, Func<string, NumberRange, T> read)
    {
        Option<T> option = new(name)
        {
            Description = range.Words().Length == 0 ? description : $"{description} [{Default(otherwise)}{range.Words()}]",
            HelpName = helpName,
        };
        option.CustomParser = argument =>
        {
            try
            {
                return argument.Tokens.Count == 1 ? read(argument.Tokens[0].Value, range) : otherwise; // the arity reports any other count
            }
            catch (ConfigurationException e)
            {
                argument.AddError(e.Message);
                return otherwise;
            }
        };
        return option;
    }

    private static string Default<T>(T otherwise) => otherwise is null ? "" : FormattableString.Invariant($"default {otherwise}; ");
}
