using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu eval</c>: the loss and metrics of a trained model.</summary>
internal static class EvalCommand
{
    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Option<string> data = new("--data") { Description = "a UTF-8 text file, or a CSV file for a forecaster; left out, the held-out part of the run's own data", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        Command command = new("eval", "Report the loss and metrics of a trained model and, on the agreement corpus, its accuracy by distance.") { data, json };
        run.AddTo(command);
        command.SetAction(parse =>
        {
            if (run.Task(parse) == "forecast")
            {
                return Forecasts(run.LoadForecaster(parse), parse.GetValue(data), parse.GetValue(json), context);
            }

            using TrainedModel model = run.Load(parse);
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

    private static int Forecasts(TrainedForecaster loaded, string? data, bool asJson, CommandContext context)
    {
        using TrainedForecaster model = loaded;
        ForecastEvaluation result = model.Evaluate(data, context.Cancel);
        if (asJson)
        {
            context.Output.WriteLine(ForecastReport.Json(result, model).ToJsonString(EvaluationReport.OneLine));
        }
        else
        {
            ForecastReport.Write(result, model, context.Output);
        }

        return ExitCode.Done;
    }
}
