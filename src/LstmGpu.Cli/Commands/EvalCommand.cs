using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu eval</c>: the loss of a trained model on a text.</summary>
internal static class EvalCommand
{
    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Option<string> data = new("--data") { Description = "a UTF-8 text file; left out, the held-out part of the run's own text", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        Command command = new("eval", "Report the loss of a trained model and, on the agreement corpus, its accuracy by distance.") { data, json };
        run.AddTo(command);
        command.SetAction(parse =>
        {
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
}
