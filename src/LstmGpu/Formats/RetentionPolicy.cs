using System.Globalization;

namespace LstmGpu.Formats;

/// <summary>How many checkpoints a run keeps, besides the best: <c>all</c> or <c>last:N</c>.</summary>
/// <param name="Newest">The N of <c>last:N</c>; null keeps all.</param>
internal sealed record RetentionPolicy(int? Newest)
{
    private const string LastPrefix = "last:";

    public static RetentionPolicy All { get; } = new((int?)null);

    /// <exception cref="ConfigurationException">The text is neither <c>all</c> nor <c>last:N</c> with N ≥ 1.</exception>
    public static RetentionPolicy Parse(string text)
    {
        if (text == "all")
        {
            return All;
        }
        if (text.StartsWith(LastPrefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(LastPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var newest)
            && newest >= 1)
        {
            return new(newest);
        }
        throw new ConfigurationException($"--keep is {Quote.Name(text)}, expected all or last:N with N from 1 to {int.MaxValue}; for example --keep last:3");
    }

    public override string ToString() => Newest is { } newest ? string.Create(CultureInfo.InvariantCulture, $"{LastPrefix}{newest}") : "all";
}
