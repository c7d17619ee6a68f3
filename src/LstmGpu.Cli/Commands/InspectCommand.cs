using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu inspect</c>: what goes on inside recurrent networks.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandContext context) => new("inspect", "Look inside recurrent networks.")
    {
        Gradients(context), InspectGatesCommand.Create(context), InspectEmbeddingsCommand.Create(context),
    };

    private static Command Gradients(CommandContext context)
    {
        GradientFlowOptions defaults = new();
        Option<long?> hidden = NumberFlag.Whole("--hidden", "units of a layer, and features of its input", GradientFlowOptions.HiddenRange, defaults.Hidden);
        Option<long?> distance = NumberFlag.Whole("--distance", "steps from the loss to the farthest input", GradientFlowOptions.DistanceRange, defaults.Distance);
        Option<long?> seed = NumberFlag.Whole("--seed", "of parameters, inputs and loss", GradientFlowOptions.SeedRange, defaults.Seed);
        Option<double?> forgetBias = NumberFlag.Real("--forget-bias", "of the LSTM; 10 opens its forget gate", GradientFlowOptions.ForgetBiasRange, defaults.ForgetBias);
        Option<double?> scale = NumberFlag.Real(
            "--recurrent-scale", "factor on the initial recurrent weights of all cells", GradientFlowOptions.RecurrentScaleRange, defaults.RecurrentScale);
        Option<string> into = new("--out") { Description = "also draw the norms into this SVG file", HelpName = "FILE.svg" };
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        DeviceFlags device = new();
        Command command = new("gradients", "Show how the gradient of a loss fades with distance through an RNN, a GRU and an LSTM.")
        {
            hidden, distance, seed, forgetBias, scale, into, json,
        };
        device.AddTo(command);
        command.SetAction(parse =>
        {
            string? file = parse.GetValue(into);
            RequireFile(file);
            GradientFlowOptions options = new()
            {
                Hidden = (int)(parse.GetValue(hidden) ?? defaults.Hidden),
                Distance = (int)(parse.GetValue(distance) ?? defaults.Distance),
                Seed = parse.GetValue(seed) ?? defaults.Seed,
                ForgetBias = parse.GetValue(forgetBias) ?? defaults.ForgetBias,
                RecurrentScale = parse.GetValue(scale) ?? defaults.RecurrentScale,
            };
            GradientFlowReport report = GradientFlow.Run(options, device.Options(parse), context.Cancel);
            if (file is not null)
            {
                GradientText.Chart(report).Write(file);
            }

            if (parse.GetValue(json))
            {
                context.Output.WriteLine(GradientText.Json(report).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                GradientText.Write(report, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    // Before the work, not after it
    private static void RequireFile(string? file)
    {
        if (file is not null && (file.Length == 0 || Path.EndsInDirectorySeparator(file) || Directory.Exists(file)))
        {
            throw new ConfigurationException($"--out: found '{file}', expected the name of a file such as gradients.svg; use another --out");
        }
    }
}
