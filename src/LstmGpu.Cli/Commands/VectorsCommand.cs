using System.CommandLine;
using System.Text.Json.Nodes;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Data.Vectors;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu vectors</c>: what the directions of word vectors say.</summary>
internal static class VectorsCommand
{
    private static readonly (string Name, EmbeddingFormat Format)[] Formats =
        [("glove", EmbeddingFormat.Glove), ("word2vec", EmbeddingFormat.Word2Vec), ("word2vec-binary", EmbeddingFormat.Word2VecBinary)];

    public static Command Create(CommandContext context) => new("vectors", "Compare word vectors of a run or a file by their cosine.")
    {
        Nearest(context), Similarity(context), Analogy(context), Export(context),
    };

    private static Command Nearest(CommandContext context)
    {
        Argument<string> word = Word("WORD", "a word of the vocabulary");
        Option<long?> count = Count();
        VectorSource source = new();
        Command command = new("nearest", "List the words whose vectors point the same way.") { word, count };
        source.AddTo(command);
        command.SetAction(parse =>
        {
            string asked = parse.GetRequiredValue(word);
            IReadOnlyList<Neighbour> found = Vectors(source, parse, context).Nearest(asked, Count(parse, count));
            Report(found, new JsonObject { ["word"] = asked }, source.Json(parse), context.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Similarity(CommandContext context)
    {
        Argument<string> a = Word("A", "a word of the vocabulary"), b = Word("B", "another word");
        VectorSource source = new();
        Command command = new("similarity", "Print the cosine of two words, from -1 to 1.") { a, b };
        source.AddTo(command);
        command.SetAction(parse =>
        {
            (string first, string second) = (parse.GetRequiredValue(a), parse.GetRequiredValue(b));
            double cosine = Vectors(source, parse, context).Similarity(first, second);
            context.Output.WriteLine(source.Json(parse)
                ? new JsonObject { ["a"] = first, ["b"] = second, ["cosine"] = Figures.Json(cosine) }.ToJsonString(EvaluationReport.OneLine)
                : Figures.Fixed(cosine, 4));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Analogy(CommandContext context)
    {
        Argument<string> a = Word("A", "A is to B"), b = Word("B", "a word of the vocabulary"), c = Word("C", "as C is to the words that are printed");
        Option<long?> count = Count();
        VectorSource source = new();
        Command command = new("analogy", "List the words D for: A is to B as C is to D, by the cosine to B - A + C.") { a, b, c, count };
        source.AddTo(command);
        command.SetAction(parse =>
        {
            (string first, string second, string third) = (parse.GetRequiredValue(a), parse.GetRequiredValue(b), parse.GetRequiredValue(c));
            IReadOnlyList<Neighbour> found = Vectors(source, parse, context).Analogy(first, second, third, Count(parse, count));
            Report(found, new JsonObject { ["a"] = first, ["b"] = second, ["c"] = third }, source.Json(parse), context.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Export(CommandContext context)
    {
        Argument<string> into = Word("FILE", "the file to write");
        Option<string> format = new("--format") { Description = "glove, word2vec or word2vec-binary [default glove]", HelpName = "NAME" };
        VectorSource source = new();
        Command command = new("export", "Write the vectors in a format that other programs read.") { into, format };
        source.AddTo(command);
        command.SetAction(parse =>
        {
            string name = parse.GetValue(format) ?? "glove", file = parse.GetRequiredValue(into);
            if (!Formats.Any(known => known.Name == name))
            {
                throw NumberText.Unusable("--format", $"'{name}'", "glove, word2vec or word2vec-binary");
            }

            (EmbeddingTable table, string path) = source.Load(parse, context.Cancel);
            EmbeddingWriter.Write(file, table, Formats.First(known => known.Name == name).Format);
            context.Output.WriteLine(source.Json(parse)
                ? new JsonObject { ["file"] = file, ["words"] = table.Words.Count, ["width"] = table.Width, ["source"] = path }.ToJsonString(EvaluationReport.OneLine)
                : $"{Figures.Count(table.Words.Count)} words of {Figures.Count(table.Width)} numbers written to {file}");
            return ExitCode.Done;
        });
        return command;
    }

    private static void Report(IReadOnlyList<Neighbour> found, JsonObject asked, bool json, TextWriter output)
    {
        if (json)
        {
            asked["neighbours"] = new JsonArray([.. found.Select(n => (JsonNode)new JsonObject { ["word"] = n.Word, ["cosine"] = Figures.Json(n.Cosine) })]);
            output.WriteLine(asked.ToJsonString(EvaluationReport.OneLine));
            return;
        }

        TextTable table = new("word", ">cosine");
        foreach (Neighbour neighbour in found)
        {
            table.Add(EmbeddingWriter.Word(neighbour.Word), Figures.Fixed(neighbour.Cosine, 4));
        }

        table.Write(output);
    }

    private static WordVectors Vectors(VectorSource source, ParseResult parse, CommandContext context)
    {
        (EmbeddingTable table, string path) = source.Load(parse, context.Cancel);
        return new(table, path);
    }

    private static Argument<string> Word(string name, string description) => new(name) { Description = description };

    private static Option<long?> Count() => NumberFlag.Whole("--count", "words to list", new NumberRange(1, int.MaxValue), 10);

    private static int Count(ParseResult parse, Option<long?> count) => (int)(parse.GetValue(count) ?? 10);
}
