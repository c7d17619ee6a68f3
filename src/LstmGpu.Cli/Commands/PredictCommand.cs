using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Data;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu predict</c>: what a trained model says of each line or sequence of a file or of stdin: labels, a number, or how probable it is.</summary>
internal static class PredictCommand
{
    private const int MostLabels = 3;

    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Argument<string?> file = new("FILE")
        {
            Description = "one text a line, a .csv, .tsv or .ts file in the form of the training's, for a tagger tokens separated by spaces, a sequence a line, "
                + "for a regression a CSV file without need of its target, for a language model text; - or nothing: stdin",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> format = new("--format") { Description = "csv or jsonl [default csv]", HelpName = "NAME" };
        Option<long?> top = NumberFlag.Whole("--top", "most probable labels to write, of a classifier or tagger", new NumberRange(1, int.MaxValue), MostLabels);
        Option<string> prime = new("--prime") { Description = "of a language model: lines that it reads before each line, as it did in training", HelpName = "TEXT" };
        Command command = new(
            "predict",
            "Label sequences with a trained classifier or tagger, give each its number with a regression, or score lines with a language model, by their least probable token; "
            + "one line per input, in its order.");
        run.AddTo(command);
        command.Add(file);
        command.Add(format);
        command.Add(top);
        command.Add(prime);
        command.SetAction(parse =>
        {
            string form = parse.GetValue(format) ?? "csv";
            if (form is not ("csv" or "jsonl"))
            {
                throw NumberText.Unusable("--format", $"'{form}'", "csv or jsonl");
            }

            Inputs inputs = new(run, parse, parse.GetValue(file) ?? PredictionInput.StandardInput, form == "jsonl", context);
            string task = run.Task(parse);
            bool language = RunArguments.IsLanguage(task), labels = task is "classify" or "tag";
            Refuse(parse, top, belongs: labels, task, "classify or tag");
            Refuse(parse, prime, belongs: language, task, "char-lm or word-lm");
            if (language)
            {
                ScoreLines(inputs, parse.GetValue(prime) ?? "");
            }
            else if (task == "regress")
            {
                WriteNumbers(inputs);
            }
            else
            {
                WriteLabels(inputs, parse.GetValue(top) ?? MostLabels);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void Refuse(ParseResult parse, Option option, bool belongs, string task, string tasks)
    {
        if (!belongs && parse.GetResult(option) is { Implicit: false })
        {
            throw new ConfigurationException($"{option.Name} is of a run of --task {tasks}, found one of --task {task}; leave it out");
        }
    }

    private static void ScoreLines(Inputs inputs, string prime)
    {
        using TrainedModel model = inputs.Run.Load(inputs.Parse, TrainedModel.Load);
        using TextLines lines = PredictionInput.Lines(inputs.Path);
        new LineScoreWriter(inputs.Json, inputs.Context.Output).Write(model.ScoreLines(lines.All(), prime, lines.Name, inputs.Context.Cancel));
    }

    private static void WriteNumbers(Inputs inputs)
    {
        using TrainedRegressor model = inputs.Run.Load(inputs.Parse, TrainedRegressor.Load);
        PredictionWriter.WriteNumbers(
            inputs.Path == PredictionInput.StandardInput ? model.Predict(Console.OpenStandardInput(), "stdin", inputs.Context.Cancel) : model.Predict(inputs.Path, inputs.Context.Cancel),
            inputs.Json,
            inputs.Context.Output);
    }

    private static void WriteLabels(Inputs inputs, long top)
    {
        using TrainedLabeller model = inputs.Run.Load(inputs.Parse, TrainedLabeller.Load);
        PredictionWriter writer = new(model.Labels, (int)Math.Min(top, model.Labels.Count), inputs.Json, inputs.Context.Output);
        PredictionInput input = PredictionInput.Read(inputs.Path, model);
        if (input.Sequences is { } sequences)
        {
            writer.WriteTokens(sequences, model.Tag(sequences, inputs.Context.Cancel));
        }
        else
        {
            writer.WriteSequences(input.Names, model.Predict(input.Data!, inputs.Context.Cancel));
        }
    }

    private sealed record Inputs(RunArguments Run, ParseResult Parse, string Path, bool Json, CommandContext Context);
}
