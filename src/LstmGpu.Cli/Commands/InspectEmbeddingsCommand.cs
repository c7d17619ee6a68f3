using System.CommandLine;
using LstmGpu.Cli.Configuration;
using LstmGpu.Cli.Reporting;
using LstmGpu.Data.Vectors;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary><c>lstmgpu inspect embeddings</c>: word vectors in two dimensions.</summary>
internal static class InspectEmbeddingsCommand
{
    private const int DefaultTop = 50;

    public static Command Create(CommandContext context)
    {
        VectorSource source = new();
        Option<string[]> words = new("--words") { Description = "words to show, separated by commas; may be given several times", HelpName = "A,B,C" };
        Option<long?> top = NumberFlag.Whole("--top", "how many words, the frequent first, where none is named", new NumberRange(2, EmbeddingPlane.MostWords), DefaultTop);
        Option<string> into = new("--out") { Description = "draw a map into this file, .html or .svg", HelpName = "FILE" };
        Command command = new("embeddings", "Show word vectors in the plane of their two principal components.") { words, top, into };
        source.AddTo(command);
        command.SetAction(parse =>
        {
            string? file = parse.GetValue(into);
            Drawing.RequireFile(file, "embedding.html");
            string[]? named = Named(parse.GetValue(words) ?? [], parse.GetValue(top));
            (EmbeddingTable table, string path) = source.Load(parse, context.Cancel);
            EmbeddingPlane plane = EmbeddingPlane.Of(table, Rows(table, path, named, (int)(parse.GetValue(top) ?? DefaultTop)), path);
            if (file is not null)
            {
                EmbeddingText.Draw(plane, path, file);
            }

            if (source.Json(parse))
            {
                context.Output.WriteLine(EmbeddingText.Json(plane, path).ToJsonString(EvaluationReport.OneLine));
            }
            else
            {
                EmbeddingText.Write(plane, path, context.Output);
            }

            return ExitCode.Done;
        });
        return command;
    }

    // null: none is named
    private static string[]? Named(string[] given, long? top)
    {
        if (given.Length > 0 && top is not null)
        {
            throw new ConfigurationException("found both --words and --top, expected one of them; leave one out");
        }

        string[] words = [.. given.SelectMany(list => list.Split(','))];
        return words.Contains("") ? throw NumberText.Unusable("--words", $"'{string.Join(' ', given)}'", "words separated by single commas, such as king,queen") : given.Length > 0 ? words : null;
    }

    private static int[] Rows(EmbeddingTable table, string path, string[]? words, int top)
    {
        WordVectors vectors = new(table, path);
        int[] rows = words is null ? [.. table.ByFrequency.Take(top)] : [.. words.Select(vectors.Row).Distinct()];
        return rows.Length switch
        {
            < 2 when words is null => throw new DataException($"'{path}' has {rows.Length} words, expected at least 2; use another table"),
            < 2 or > EmbeddingPlane.MostWords => throw NumberText.Unusable("--words", $"{rows.Length} different words", $"2 to {EmbeddingPlane.MostWords}"),
            _ => rows,
        };
    }
}
