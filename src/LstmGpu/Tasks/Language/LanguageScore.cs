using LstmGpu.Data.Tokens;

namespace LstmGpu.Tasks.Language;

/// <summary>The loss over a range of a text, and what of the text was predicted.</summary>
/// <param name="Loss">Mean cross-entropy in nats per token.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Characters">Characters that begin in those tokens.</param>
/// <param name="Unknown">Those that stand for something outside the vocabulary.</param>
/// <param name="IsLowered">Whether the tokens are those of the lower-cased text.</param>
internal readonly record struct LanguageScore(double Loss, long Tokens, long Characters, long Unknown, bool IsLowered)
{
    /// <summary>
    /// loss·tokens / (ln 2·characters). Null where the tokens do not tell the text: an unknown token has no characters, and lower case loses those of
    /// upper case.
    /// </summary>
    public double? BitsPerCharacter => Unknown > 0 || IsLowered || Characters == 0 ? null : Loss * ((double)Tokens / Characters) / Math.Log(2);

    /// <summary>Perplexity, and bits per character where they are exact.</summary>
    public IReadOnlyList<Metric> Metrics => CrossEntropy.PerToken(Loss, BitsPerCharacter);

    /// <summary>Characters that begin in each token: its bytes but those that continue a character.</summary>
    public static int[] CharactersOf(ITokenizer tokenizer)
    {
        int[] characters = new int[tokenizer.Count];
        for (int id = 0; id < characters.Length; id++)
        {
            foreach (byte value in tokenizer.Bytes(id))
            {
                characters[id] += (value & 0xC0) != 0x80 ? 1 : 0;
            }
        }
        return characters;
    }
}
