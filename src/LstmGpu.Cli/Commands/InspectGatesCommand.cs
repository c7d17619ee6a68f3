using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu inspect gates</c>: what the gates and cells of an LSTM do along a text.</summary>
internal static class InspectGatesCommand
{
    public static Command Create(CommandContext context)
    {
        GateTraceOptions defaults = new();
        RunArguments run = new();
        NumberRange whole = new(0, int.MaxValue);
        Option<string> text = new("--text") { Description = $"the text the model reads, of at most {GateTraceOptions.LongestText} characters", HelpName = "TEXT", Required = true };
        Option<long?> layer = NumberFlag.Whole("--layer", "a layer, counted from 0", whole, defaults.Layer);
        Option<string[]> unit = new("--unit") { Description = "a unit, counted from 0; may be given several times; left out, the units whose cell varies most", HelpName = "N" };
        Option<long?> units = NumberFlag.Whole("--units", "how many units, where none is named", new NumberRange(1, int.MaxValue), defaults.Count);
        Option<string> into = new("--out") { Description = "draw heat maps into this file, .html or .svg", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "print one JSON object with every value", Arity = ArgumentArity.Zero };
        Command command = new("gates", "Show the gates and the cell of LSTM units along a text.") { text, layer, unit, units, into, json };
        run.AddTo(command);
        command.SetAction(parse =>
        {
            string? file = parse.GetValue(into);
            Drawing.RequireFile(file, "gates.html");
            GateTraceOptions options = new(
                (int)(parse.GetValue(layer) ?? defaults.Layer),
                [.. (parse.GetValue(unit) ?? []).Select(number => (int)NumberText.Whole("--unit", number, whole))],
                (int)(parse.GetValue(units) ?? defaults.Count));
            using TrainedModel model = run.Load(parse, TrainedModel.Load);
            GateTrace trace = model.Gates(parse.GetRequiredValue(text), options);
            if (file is not null)
            {
                GateText.Draw(trace, file);
            }

            if (parse.GetValue(json))
            {
                context.Output.WriteLine(GateText.Json(trace, model.Device.Name).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                GateText.Write(trace, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }
}
