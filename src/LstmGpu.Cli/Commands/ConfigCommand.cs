using System.CommandLine;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu config</c>: what a run would be configured with, and what may be configured.</summary>
internal static class ConfigCommand
{
    public static Command Create(CommandContext context) =>
        new("config", "Show the resolved configuration, or the schema of its file.") { Print(context), Schema(context) };

    private static Command Print(CommandContext context)
    {
        SettingFlags settings = new();
        Option<bool> json = new("--json") { Description = "print a config.json that --config reads back", Arity = ArgumentArity.Zero };
        Command command = new("print", "Print every setting with its value and where that came from; takes the flags of train.") { json };
        settings.AddTo(command);
        command.SetAction(parse =>
        {
            ResolvedConfiguration configuration = settings.Resolve(parse);
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(configuration.Json);
                return ExitCode.Done;
            }

            TextTable table = new("setting", "value", "origin");
            foreach ((Setting setting, JsonNode? value, string origin) in configuration.Values)
            {
                table.Add(setting.Path, Setting.Text(value), origin);
            }

            table.Write(context.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Schema(CommandContext context)
    {
        Command command = new("schema", "Print the JSON Schema (draft 2020-12) of the configuration file.");
        command.SetAction(_ =>
        {
            context.Output.WriteLine(ConfigurationSchema.Build().ToJsonString(RunOptionsJson.Form));
            return ExitCode.Done;
        });
        return command;
    }
}
