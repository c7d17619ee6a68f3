using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Data;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu data make reber</c> and <c>sentiment</c>: generated text for language models and for <c>--task classify</c>.</summary>
internal static class MakeTextCommand
{
    public static Command Reber(CommandContext context)
    {
        Option<long?> strings = NumberFlag.Whole("--strings", "lines of the file", new NumberRange(1, int.MaxValue), 10_000);
        Option<bool> embedded = new("--embedded") { Description = "the embedded grammar: the second symbol returns as the last but one", Arity = ArgumentArity.Zero };
        Option<bool> invalid = new("--invalid") { Description = "strings that the grammar does not have: one symbol replaced, or random symbols", Arity = ArgumentArity.Zero };
        Command command = new("reber", "Strings of the Reber grammar, one a line: 0.594126 nats for each symbol after a string's first, no model can do better.")
        {
            strings, embedded, invalid,
        };
        return MakeTableCommand.Writing(command, context, (parse, seed) =>
        {
            int count = (int)(parse.GetValue(strings) ?? 10_000);
            bool isEmbedded = parse.GetValue(embedded);
            return parse.GetValue(invalid) ? ReberGrammar.InvalidLines(seed, count, isEmbedded) : ReberGrammar.Lines(seed, count, isEmbedded);
        });
    }

    public static Command Sentiment(CommandContext context)
    {
        Option<long?> reviews = NumberFlag.Whole("--reviews", "rows of the file", new NumberRange(1, int.MaxValue), 5_000);
        Command command = new("sentiment", "Short reviews and their labels, which hang on negations and on whose an adjective is, never on single words.") { reviews };
        return MakeTableCommand.Writing(command, context, (parse, seed) => SentimentReviews.Lines(seed, (int)(parse.GetValue(reviews) ?? 5_000)));
    }
}
