using System.Text.Json.Nodes;
using LstmGpu.Data.Tokens;
using LstmGpu.Data.Vectors;

namespace LstmGpu.Tasks.Language;

/// <summary>The word vectors that a language model starts from, and what is told of them.</summary>
internal static class LanguageEmbeddings
{
    private const int MissingInARecord = 100;

    /// <summary>Null where none were asked for.</summary>
    /// <exception cref="ConfigurationException">Settings that do not go together, or vectors of another width.</exception>
    /// <exception cref="DataException">The file is malformed.</exception>
    public static PretrainedEmbedding? Load(RunOptions options, ITokenizer tokenizer)
    {
        ModelOptions model = options.Model;
        if (model.FreezeEmbeddings && model.PretrainedEmbeddings is null && options.Training.Init is null)
        {
            throw new ConfigurationException("--freeze-embeddings is found without --embeddings, expected vectors that are worth keeping; give --embeddings FILE, or --init, or leave it out");
        }
        if (model.PretrainedEmbeddings is not { } path)
        {
            return null;
        }
        if (options.Training.Init is { } init)
        {
            throw new ConfigurationException($"found both --embeddings '{path}' and --init '{init}', which has an embedding of its own, expected one of them; leave one out");
        }
        return model.Embedding > 0
            ? PretrainedEmbedding.Load(Path.GetFullPath(path), tokenizer, model.Embedding)
            : throw new ConfigurationException($"--embeddings '{path}' is found with --embedding 0, which is a model without one; use --embedding with the width of the vectors");
    }

    /// <summary>For the line about the data.</summary>
    public static string Describe(EmbeddingCoverage? coverage) => coverage is null ? "" : FormattableString.Invariant(
        $"; {coverage.Found:N0} of {coverage.Tokens:N0} have a vector in '{coverage.Path}' ({100.0 * coverage.Found / coverage.Tokens:0.0} %), {coverage.LowerCase:N0} of them in lower case only");

    /// <summary>For environment.json.</summary>
    public static JsonNode? Record(EmbeddingCoverage? coverage) => coverage is null ? null : new JsonObject
    {
        ["path"] = coverage.Path,
        ["tokens"] = coverage.Tokens,
        ["found"] = coverage.Found,
        ["lower_case"] = coverage.LowerCase,
        ["first_missing"] = new JsonArray([.. coverage.Missing.Take(MissingInARecord).Select(token => (JsonNode)token)]),
    };
}
