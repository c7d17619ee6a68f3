using LstmGpu.Formats;

namespace LstmGpu.Cli.Configuration;

/// <summary>"Did you mean": <see cref="ClosestName"/> without regard to case, for names that may go by several spellings.</summary>
internal static class Suggestion
{
    /// <returns>The nearest candidate, or null where none is near enough to be a typing error.</returns>
    public static string? Nearest(string found, IEnumerable<string> candidates) =>
        Nearest(found, candidates.Select(candidate => (candidate, candidate)));

    /// <inheritdoc cref="Nearest(string, IEnumerable{string})"/>
    public static string? Nearest(string found, IEnumerable<(string Spelling, string Meaning)> candidates)
    {
        string word = found.ToLowerInvariant();
        // Words of two letters are two edits from each other; without a letter in common that is no typing error.
        (string Spelling, string Meaning)[] near = [.. candidates.Where(c => c.Spelling.Trim('-').Intersect(word).Any())];
        string? spelling = ClosestName.Find(word, near.Select(c => c.Spelling.ToLowerInvariant()));
        return near.FirstOrDefault(c => c.Spelling.Equals(spelling, StringComparison.OrdinalIgnoreCase)).Meaning;
    }
}
