using System.CommandLine;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu eval</c>: the loss of a trained model, and the figures of its task.</summary>
internal static class EvalCommand
{
    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Option<string> data = new("--data") { Description = "a text file, or labelled data in the form of the training's; left out, what the run held out", HelpName = "FILE" };
        Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };
        Command command = new("eval", "Report the loss of a trained model, and the figures of its task: accuracy, F1 and confusion of labels, or on the agreement corpus the accuracy by distance.") { data, json };
        run.AddTo(command);
        command.SetAction(parse =>
        {
            if (TaskCatalog.IsLabelling(new RunDirectory(run.Source(parse).Directory).ReadOptions()))
            {
                using TrainedLabeller labeller = run.LoadLabeller(parse);
                LabelReport.Print(labeller.Evaluate(parse.GetValue(data), context.Cancel), labeller, parse.GetValue(json), context.Output);
                return ExitCode.Done;
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
}
