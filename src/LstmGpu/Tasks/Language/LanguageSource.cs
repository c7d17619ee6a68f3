using LstmGpu.Data;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Tasks.Language;

/// <summary>The text of a language task, cut into the tokens that the settings ask for.</summary>
internal static class LanguageSource
{
    /// <param name="run">Where a run is continued: its vocabulary is read back instead of made.</param>
    /// <exception cref="DataException">The text or the vocabulary cannot be used.</exception>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static ITokenSource Open(RunOptions options, RunDirectory? run)
    {
        string path = Path.GetFullPath(options.Data.Path ?? BundledCorpus.Path());
        if (run is not null)
        {
            return Open(path, ReadTokenizer(run, options.Task.Name));
        }
        if (options.Task.Name == LanguageTask.Words)
        {
            return TokenCorpus.Open(path, WordVocabulary.Make(options.Data, path));
        }
        return TextCorpus.Open(path, options.Data.Vocabulary is { } file ? Vocabulary.Load(file) : null);
    }

    /// <summary>A text in tokens that are known already.</summary>
    /// <exception cref="DataException">The text cannot be used, or has what the vocabulary lacks.</exception>
    public static ITokenSource Open(string path, ITokenizer tokenizer) =>
        tokenizer is Vocabulary characters ? TextCorpus.Open(path, characters) : TokenCorpus.Open(path, (PieceTokenizer)tokenizer);

    /// <summary>The vocabulary of a run.</summary>
    /// <exception cref="DataException">The file cannot be read, or is that of another task.</exception>
    public static ITokenizer ReadTokenizer(RunDirectory run, string task)
    {
        if (task == LanguageTask.Characters)
        {
            return run.ReadVocabulary();
        }
        ITokenizer tokenizer = run.ReadTokenizer();
        return tokenizer is PieceTokenizer
            ? tokenizer
            : throw new DataException($"the vocabulary.json of '{run.Path}' is one of characters, and task.name is '{task}', expected words or byte pairs; restore the file");
    }

    /// <summary>The settings with what was decided, so that a run of config.json makes the same vocabulary.</summary>
    public static DataOptions Resolve(DataOptions data, ITokenSource source)
    {
        DataOptions resolved = data with
        {
            Path = data.Path is null ? null : source.Path,
            Vocabulary = data.Vocabulary is { } file ? Path.GetFullPath(file) : null,
        };
        return source.Tokenizer is PieceTokenizer tokenizer ? WordVocabulary.Resolve(resolved, tokenizer) : resolved;
    }
}
