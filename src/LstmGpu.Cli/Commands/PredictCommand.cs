using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Data;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu predict</c>: labels sequences of a file or of stdin with a trained classifier or tagger, or scores lines with a language model.</summary>
internal static class PredictCommand
{
    private const int MostLabels = 3;

    public static Command Create(CommandContext context)
    {
        RunArguments run = new();
        Argument<string?> file = new("FILE")
        {
            Description = "one text a line, a .csv, .tsv or .ts file in the form of the training's, or for a tagger tokens separated by spaces, a sequence a line, for a language model text; - or nothing: stdin",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string> format = new("--format") { Description = "csv or jsonl [default csv]", HelpName = "NAME" };
        Option<long?> top = NumberFlag.Whole("--top", "most probable labels to write, of a classifier or tagger", new NumberRange(1, int.MaxValue), MostLabels);
        Option<string> prime = new("--prime") { Description = "of a language model: lines that it reads before each line, as it did in training", HelpName = "TEXT" };
        Command command = new(
            "predict", "Label sequences with a trained classifier or tagger, or score lines with a language model, by their least probable token; one line per input, in its order.");
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

            if (RunArguments.IsLanguage(run.Task(parse)))
            {
                ScoreLines(context, run, parse, parse.GetValue(file) ?? PredictionInput.StandardInput, (top, prime), form == "jsonl");
                return ExitCode.Done;
            }

            if (parse.GetValue(prime) is { } before)
            {
                throw NumberText.Unusable(prime.Name, $"'{before}' with a run of labels", "a language model; leave it out");
            }

            using TrainedLabeller model = run.LoadLabeller(parse);
            int most = (int)Math.Min(parse.GetValue(top) ?? MostLabels, model.Labels.Count);
            PredictionWriter writer = new(model.Labels, most, form == "jsonl", context.Output);
            PredictionInput input = PredictionInput.Read(parse.GetValue(file) ?? PredictionInput.StandardInput, model);
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

    private static void ScoreLines(CommandContext context, RunArguments run, ParseResult parse, string path, (Option<long?> Top, Option<string> Prime) flags, bool json)
    {
        if (parse.GetValue(flags.Top) is { } most)
        {
            throw NumberText.Unusable(flags.Top.Name, $"'{Figures.Plain(most)}' with a language model", "a run of --task classify or tag; leave it out");
        }

        using TrainedModel model = run.Load(parse);
        using TextLines lines = PredictionInput.Lines(path);
        new LineScoreWriter(json, context.Output).Write(model.ScoreLines(lines.All(), parse.GetValue(flags.Prime) ?? "", lines.Name, context.Cancel));
    }
}
