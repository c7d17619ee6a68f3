using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu generate</c>: the prime and what the model writes after it, token by token, and nothing else on stdout.</summary>
internal static class GenerateCommand
{
    public static Command Create(CommandContext context)
    {
        SamplingOptions defaults = new();
        RunArguments run = new();
        Option<string> prime = new("--prime") { Description = "the text to continue; left out, a line break that is not printed", HelpName = "TEXT" };
        Option<long?> length = NumberFlag.Whole("--length", "characters, or tokens of a word model, to write", new NumberRange(0, int.MaxValue), 500);
        Option<double?> temperature = NumberFlag.Real(
            "--temperature", "divides the logits; 0 always takes the most probable token", new NumberRange(Minimum: 0), defaults.Temperature);
        Option<long?> topK = NumberFlag.Whole(
            "--top-k", "draw among the K most probable tokens; 0: among all", new NumberRange(0, int.MaxValue), defaults.TopK);
        Option<double?> topP = NumberFlag.Real(
            "--top-p", "draw among the fewest tokens whose probability reaches P", new NumberRange(0, 1, ExclusiveMinimum: true), defaults.TopP);
        Option<long?> seed = NumberFlag.Whole("--seed", "same seed, same text", new NumberRange(Minimum: 0), defaults.Seed);
        Command command = new("generate", "Write text with a trained model.") { prime, length, temperature, topK, topP, seed };
        run.AddTo(command);
        command.SetAction(parse =>
        {
            SamplingOptions sampling = new(
                parse.GetValue(temperature) ?? defaults.Temperature,
                (int)(parse.GetValue(topK) ?? defaults.TopK),
                parse.GetValue(topP) ?? defaults.TopP,
                parse.GetValue(seed) ?? defaults.Seed);
            using TrainedModel model = run.Load(parse, TrainedModel.Load);
            string start = parse.GetValue(prime) ?? "";
            int count = (int)(parse.GetValue(length) ?? 500);
            Stream(start, model.Generate(start, count, sampling, context.Cancel), context);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The prime is written only when the model has read it without an error.</summary>
    private static void Stream(string prime, IEnumerable<string> tokens, CommandContext context)
    {
        using IEnumerator<string> next = tokens.GetEnumerator();
        bool more = next.MoveNext();
        context.Output.Write(prime);
        for (; more; more = next.MoveNext())
        {
            context.Output.Write(next.Current);
            context.Output.Flush();
        }

        if (context.OutputIsTerminal)
        {
            context.Output.WriteLine(); // keeps the prompt off the text; a file or pipe gets the text alone
        }
    }
}
