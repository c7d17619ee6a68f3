using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Devices;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu eval</c>: the loss of a trained model, and the figures of its task.</summary>
internal static class EvalCommand
{
    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Option<string> data = new("--data") { Description = "a text file, or labelled data or a table in the form of the training's; left out, what the run held out", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        Option<bool> byLine = new("--by-line") { Description = "of a language model: read each line of --data for itself, not as one text", Arity = ArgumentArity.Zero };
        Option<string> prime = new("--prime") { Description = "with --by-line: lines that the model reads before each line, as it did in training", HelpName = "TEXT" };
        Option<double?> below = NumberFlag.Real("--below", "with --by-line: count the lines that have a token of less than this probability", new NumberRange(0, 1), 0.001);
        Command command = new("eval", "Report the loss of a trained model, and the figures of its task: accuracy, F1 and confusion of labels, errors of forecasts, or on the agreement corpus the accuracy by distance.") { data, json, byLine, prime, below };
        run.AddTo(command);
        command.SetAction(parse =>
        {
            if (parse.GetValue(byLine))
            {
                using TrainedModel reader = run.Load(parse, TrainedModel.Load);
                string path = parse.GetValue(data) ?? throw new ConfigurationException("--by-line: found no --data, expected a text of lines; add --data FILE");
                LineReport.Print(reader.EvaluateLines(path, parse.GetValue(prime) ?? "", parse.GetValue(below) ?? 0.001, context.Cancel), reader, parse.GetValue(json), context.Output);
                return ExitCode.Done;
            }

            if (parse.GetResult(below) is { } || parse.GetResult(prime) is { })
            {
                throw new ConfigurationException($"{(parse.GetResult(below) is { } ? below.Name : prime.Name)}: found no --by-line, expected both; add --by-line");
            }

            switch (run.Task(parse))
            {
                case "classify" or "tag":
                    using (TrainedLabeller labeller = run.Load(parse, TrainedLabeller.Load))
                    {
                        LabelReport.Print(labeller.Evaluate(parse.GetValue(data), context.Cancel), labeller, parse.GetValue(json), context.Output);
                        return ExitCode.Done;
                    }

                case "forecast":
                    using (TrainedForecaster forecaster = run.Load(parse, TrainedForecaster.Load))
                    {
                        Write(forecaster.Evaluate(parse.GetValue(data), context.Cancel), forecaster.Step, forecaster.Device, parse.GetValue(json), context);
                        return ExitCode.Done;
                    }

                case "regress":
                    using (TrainedRegressor regressor = run.Load(parse, TrainedRegressor.Load))
                    {
                        Write(regressor.Evaluate(parse.GetValue(data), context.Cancel), regressor.Step, regressor.Device, parse.GetValue(json), context);
                        return ExitCode.Done;
                    }
            }

            using TrainedModel model = run.Load(parse, TrainedModel.Load);
            EvaluationResult result = model.Evaluate(parse.GetValue(data), context.Cancel);
            if (parse.GetValue(json))
            {
                context.Output.WriteLine(EvaluationReport.Json(result, model.Step, model.Device).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                EvaluationReport.Write(result, model.Step, model.Device, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(ForecastEvaluation result, long step, DeviceDescription device, bool asJson, CommandContext context)
    {
        if (asJson)
        {
            context.Output.WriteLine(ForecastReport.Json(result, step, device).ToJsonString(EvaluationReport.OneLine));
        }
        else
        {
            ForecastReport.Write(result, step, device, context.Output);
        }
    }
}
