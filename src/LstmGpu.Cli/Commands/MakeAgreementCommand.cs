using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Data;
using LstmGpu.Formats;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu data make agreement</c>: the corpus whose last words depend on words far before them.</summary>
internal static class MakeAgreementCommand
{
    public static Command Create(CommandContext context)
    {
        AgreementOptions defaults = new();
        Option<long?> seed = NumberFlag.Whole("--seed", "same seed, same file, on every machine", new NumberRange(Minimum: 0), defaults.Seed);
        Option<long?> sentences = NumberFlag.Whole("--sentences", "lines of the file", new NumberRange(1, int.MaxValue), defaults.Sentences);
        Option<long?> distance = NumberFlag.Whole(
            "--max-distance",
            "most tokens between a cue and the word that depends on it",
            new NumberRange(1, AgreementOptions.LargestDistance),
            defaults.MaxDistance);
        Option<string> into = new("--out") { Description = "a new file; left out, stdout", HelpName = "FILE" };
        Command command = new("agreement", "Sentences whose last word depends on a word up to 60 tokens before it, in English and Chinese.")
        {
            seed, sentences, distance, into,
        };
        command.SetAction(parse =>
        {
            AgreementOptions options = new(
                parse.GetValue(seed) ?? defaults.Seed,
                (int)(parse.GetValue(sentences) ?? defaults.Sentences),
                (int)(parse.GetValue(distance) ?? defaults.MaxDistance));
            if (parse.GetValue(into) is { } file)
            {
                WriteNew(file, options);
            }
            else
            {
                for (int n = 0; n < options.Sentences; n++)
                {
                    context.Cancel.ThrowIfCancellationRequested();
                    context.Output.Write(AgreementCorpus.Sentence(options, n) + "\n");
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteNew(string file, AgreementOptions options)
    {
        if (file.Length == 0 || Path.Exists(file))
        {
            throw new ConfigurationException($"--out: found '{file}', expected the name of a file that does not exist; use another --out or remove it");
        }

        DurableFile.Write(file, stream => AgreementCorpus.Write(stream, options));
    }
}
