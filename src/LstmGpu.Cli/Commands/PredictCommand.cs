using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu predict</c>: labels sequences of a file or of stdin with a trained classifier or tagger.</summary>
internal static class PredictCommand
{
    private const int MostLabels = 3;

    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Argument<string?> file = new("FILE")
        {
            Description = "one text a line, a .csv, .tsv or .ts file in the form of the training's, or for a tagger tokens separated by spaces, a sequence a line; - or nothing: stdin",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> format = new("--format") { Description = "csv or jsonl [default csv]", HelpName = "NAME" };
        Option<long?> top = NumberFlag.Whole("--top", "most probable labels to write", new NumberRange(1, int.MaxValue), MostLabels);
        Command command = new("predict", "Label sequences with a trained classifier or tagger; one line per input, in its order.");
        run.AddTo(command);
        command.Add(file);
        command.Add(format);
        command.Add(top);
        command.SetAction(parse =>
        {
            string form = parse.GetValue(format) ?? "csv";
            if (form is not ("csv" or "jsonl"))
            {
                throw NumberText.Unusable("--format", $"'{form}'", "csv or jsonl");
            }

            using TrainedLabeller model = run.LoadLabeller(parse);
            int most = (int)Math.Min(parse.GetValue(top) ?? MostLabels, model.Labels.Count);
            PredictionWriter writer = new(model.Labels, most, form == "jsonl", context.Output);
            PredictionInput input = PredictionInput.Read(parse.GetValue(file) ?? "-", model);
            if (input.Sequences is { } sequences)
            {
                writer.WriteTokens(sequences, model.Tag(sequences, context.Cancel));
            }
            else
            {
                writer.WriteSequences(input.Names, model.Predict(input.Data!, context.Cancel));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
