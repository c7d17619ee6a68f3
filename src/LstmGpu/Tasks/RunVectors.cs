using LstmGpu.Data;
using LstmGpu.Data.Tokens;
using LstmGpu.Data.Vectors;
using LstmGpu.Formats;
using LstmGpu.Tasks.Language;
using LstmGpu.Training;

namespace LstmGpu.Tasks;

/// <summary>The trained embedding of a run as a table of words.</summary>
internal static class RunVectors
{
    private const string Weight = "embedding.weight";

    /// <summary>Whether the model reads its tokens through an embedding.</summary>
    public static bool Exist(RunOptions options) => options.Model.Embedding > 0
        && (TaskCatalog.IsLabelling(options) ? options.Data.Tokens is not null : options.Task.Name is LanguageTask.Characters or LanguageTask.Words);

    /// <summary>Reads the best checkpoint, or the last where there was no evaluation.</summary>
    /// <exception cref="DataException">No run, no checkpoint, or a damaged one.</exception>
    /// <exception cref="ConfigurationException">The model reads one-hot vectors or numbers and has no embedding.</exception>
    public static EmbeddingTable Load(string directory)
    {
        RunDirectory run = new(directory);
        RunOptions options = run.ReadOptions();
        if (!Exist(options))
        {
            if (options.Model.Embedding > 0)
            {
                throw new ConfigurationException($"the model of '{run.Path}' reads numbers and has no embedding, expected one of tokens; use a run of another task");
            }


            throw new ConfigurationException($"the model of '{run.Path}' reads one-hot vectors and has no embedding, expected one; use a run that was trained with --embedding");
        }

        string checkpoint = run.Checkpoints.Best() ?? run.Checkpoints.Last() ?? throw new DataException($"'{run.Path}' has no checkpoint; train first");
        CheckpointStore.Verify(checkpoint);
        string[] symbols = TaskCatalog.IsLabelling(options) ? Symbols(run.ReadTokens()) : Symbols(run.ReadTokenizer());
        using SafetensorsReader file = SafetensorsReader.Open(Path.Combine(checkpoint, Checkpoint.ModelFile));
        int width = (int)file.Find(Weight).Shape[^1];
        float[] weight = new float[(long)symbols.Length * width];
        file.Read(Weight, weight);
        EmbeddingTable table = new(symbols, [.. weight.Chunk(width)], width);
        int[] frequent = [.. run.ReadInspection()?.Frequent.Select(table.Find).Where(row => row >= 0) ?? []];
        return new(symbols, table.Rows, width) { ByFrequency = [.. frequent.Union(Enumerable.Range(0, symbols.Length))] };
    }

    private static string[] Symbols(ITokenizer tokenizer) => [.. Enumerable.Range(0, tokenizer.Count).Select(tokenizer.Symbol)];

    private static string[] Symbols(TokenVocabulary tokens) => [.. Enumerable.Range(0, tokens.Count).Select(tokens.Symbol)];
}
