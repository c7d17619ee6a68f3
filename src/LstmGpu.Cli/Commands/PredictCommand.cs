using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu predict</c>: labels sequences of a file or of stdin with a trained classifier or tagger, or gives each its number with a model of <c>--task regress</c>.</summary>
internal static class PredictCommand
{
    private const int MostLabels = 3;

    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Argument<string?> file = new("FILE")
        {
            Description = "one text a line, a .csv, .tsv or .ts file in the form of the training's, for a tagger tokens separated by spaces, a sequence a line, or for a regression a CSV file without need of its target; - or nothing: stdin",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> format = new("--format") { Description = "csv or jsonl [default csv]", HelpName = "NAME" };
        Option<long?> top = NumberFlag.Whole("--top", "most probable labels to write", new NumberRange(1, int.MaxValue), MostLabels);
        Command command = new("predict", "Label sequences with a trained classifier or tagger, or give each its number with a regression; one line per input, in its order.");
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

            if (run.Task(parse) == "regress")
            {
                if (parse.GetResult(top) is not null)
                {
                    throw new ConfigurationException("--top chooses among labels, and a model of --task regress has none; leave it out");
                }

                using TrainedRegressor regressor = run.LoadRegressor(parse);
                string path = parse.GetValue(file) ?? "-";
                PredictionWriter.WriteNumbers(
                    path == "-" ? regressor.Predict(Console.OpenStandardInput(), "stdin", context.Cancel) : regressor.Predict(path, context.Cancel), form == "jsonl", context.Output);
                return ExitCode.Done;
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
