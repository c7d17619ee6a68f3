namespace LstmGpu.Tasks.Language;

/// <summary>What follows from a mean cross-entropy in nats.</summary>
internal static class CrossEntropy
{
    /// <summary>Perplexity e^loss and bits per character loss / ln 2.</summary>
    public static IReadOnlyList<Metric> PerCharacter(double loss) => [new("perplexity", Math.Exp(loss)), new("bits_per_character", loss / Math.Log(2))];
}
