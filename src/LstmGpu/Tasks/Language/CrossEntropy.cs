namespace LstmGpu.Tasks.Language;

/// <summary>What follows from a mean cross-entropy in nats.</summary>
internal static class CrossEntropy
{
    /// <summary>Perplexity e^loss and bits per character loss / ln 2, where a token is a character.</summary>
    public static IReadOnlyList<Metric> PerCharacter(double loss) => PerToken(loss, loss / Math.Log(2));

    /// <summary>Perplexity e^loss of a token, and bits per character where they are known.</summary>
    public static IReadOnlyList<Metric> PerToken(double loss, double? bitsPerCharacter)
    {
        Metric perplexity = new("perplexity", Math.Exp(loss));
        return bitsPerCharacter is { } bits ? [perplexity, new("bits_per_character", bits)] : [perplexity];
    }
}
