using System.CommandLine;
using LstmGpu.Data.Vectors;
using LstmGpu.Tasks;

namespace LstmGpu.Cli.Commands;

/// <summary>Which word vectors a command reads: <c>[RUN | --table FILE] --json</c>.</summary>
internal sealed class VectorSource
{
    private readonly Argument<string?> run = new("RUN")
    {
        Description = $"a run directory; left out, the run under {RunDirectories.Root}/ that was written last",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> table = new("--table") { Description = "a GloVe or word2vec file instead of a run", HelpName = "FILE" };

    private readonly Option<bool> json = new("--json") { Description = "print one JSON object", Arity = ArgumentArity.Zero };

    public void AddTo(Command command)
    {
        command.Add(run);
        command.Add(table);
        command.Add(json);
    }

    public bool Json(ParseResult parse) => parse.GetValue(json);

    /// <exception cref="ConfigurationException">Both a run and a file, or no run to default to.</exception>
    /// <exception cref="DataException">The run or the file cannot be used.</exception>
    public (EmbeddingTable Table, string Path) Load(ParseResult parse, CancellationToken cancel)
    {
        string? directory = parse.GetValue(run), file = parse.GetValue(table);
        if (directory is not null && file is not null)
        {
            throw new ConfigurationException($"found both the run '{directory}' and --table '{file}', expected one of them; leave one out");
        }

        if (file is not null)
        {
            return (EmbeddingReader.Read(file, cancel: cancel), file);
        }

        string path = directory ?? RunDirectories.MostRecent(RunDirectories.Root);
        return (RunVectors.Load(path), path);
    }
}
