using LstmGpu.Data.Tokens;

namespace LstmGpu.Tasks.Language;

/// <summary>The vocabulary of words or byte pairs that the settings ask for. What is held out has no say in it.</summary>
internal static class WordVocabulary
{
    private const string Characters = "characters", Words = "words", BytePairs = "bpe";
    private const int UsualSize = 10_000, UsualMinimumCount = 2, UsualMerges = 8_000;

    /// <param name="path">The text.</param>
    /// <exception cref="DataException">The text or a given vocabulary cannot be used.</exception>
    /// <exception cref="ConfigurationException">Settings that do not go together.</exception>
    public static PieceTokenizer Make(DataOptions data, string path)
    {
        if (data.Tokens == Characters)
        {
            throw new ConfigurationException($"--tokens is {Characters}, and --task is {LanguageTask.Words}, expected {Words} or {BytePairs}; use --task {LanguageTask.Characters} for single characters");
        }
        bool isBytePair = data.Tokens == BytePairs;
        string why = isBytePair ? "and --tokens is bpe" : "and --tokens is not bpe";
        Refuse(isBytePair && data.Lower, "--lower", why);
        Refuse(isBytePair && data.VocabularySize is not null, "--vocabulary-size", why + "; its vocabulary has 256 tokens and one for each of --merges");
        Refuse(isBytePair && data.MinCount is not null, "--min-count", why);
        Refuse(!isBytePair && data.Merges is not null, "--merges", why);
        if (data.Vocabulary is { } file)
        {
            const string Given = "and --vocabulary gives the list";
            Refuse(data.VocabularySize is not null, "--vocabulary-size", Given);
            Refuse(data.MinCount is not null, "--min-count", Given);
            Refuse(data.Merges is not null, "--merges", Given);
            return Read(file, data);
        }
        PieceCounts counts = PieceCounts.OfFile(path, 1 - data.ValidationFraction, data.Lower);
        return isBytePair
            ? BytePairTraining.Run(counts, data.Merges ?? UsualMerges)
            : WordTokenizer.FromCounts(counts, data.VocabularySize ?? UsualSize, data.MinCount ?? UsualMinimumCount);
    }

    /// <summary>The settings that made a tokenizer.</summary>
    public static DataOptions Resolve(DataOptions data, PieceTokenizer tokenizer)
    {
        DataOptions resolved = data with { Tokens = NameOf(tokenizer) };
        return data.Vocabulary is not null ? resolved
            : tokenizer is BytePairTokenizer ? resolved with { Merges = data.Merges ?? UsualMerges }
            : resolved with { VocabularySize = data.VocabularySize ?? UsualSize, MinCount = data.MinCount ?? UsualMinimumCount };
    }

    // A list of words, or what a run wrote.
    private static PieceTokenizer Read(string path, DataOptions data)
    {
        PieceTokenizer tokenizer = TokenizerFile.IsList(path) ? WordTokenizer.LoadList(path, data.Lower) : (PieceTokenizer)TokenizerFile.Load(path);
        if (data.Tokens is { } asked && asked != NameOf(tokenizer))
        {
            throw new ConfigurationException($"--tokens is {asked}, and the vocabulary '{path}' is one of {NameOf(tokenizer)}; leave --tokens out, or use another vocabulary");
        }
        Refuse(data.Lower && tokenizer is not WordTokenizer { Lower: true }, "--lower", $"and the vocabulary '{path}' does not lower-case");
        return tokenizer;
    }

    private static string NameOf(PieceTokenizer tokenizer) => tokenizer is BytePairTokenizer ? BytePairs : Words;

    private static void Refuse(bool isSet, string flag, string why)
    {
        if (isSet)
        {
            throw new ConfigurationException($"{flag} is set, {why}; leave it out");
        }
    }
}
