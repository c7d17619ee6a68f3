namespace LstmGpu.Cli.Configuration;

/// <summary>"Did you mean": the candidate with the smallest edit distance, if it is near enough to be a typing error.</summary>
internal static class Suggestion
{
    /// <returns>The nearest candidate, or null where none is within a third of the word (at least two edits).</returns>
    public static string? Nearest(string found, IEnumerable<string> candidates) =>
        Nearest(found, candidates.Select(candidate => (candidate, candidate)));

    /// <summary>As <see cref="Nearest(string, IEnumerable{string})"/>, for candidates that go by several spellings.</summary>
    public static string? Nearest(string found, IEnumerable<(string Spelling, string Meaning)> candidates)
    {
        string word = found.ToLowerInvariant();
        (int distance, string? meaning) best = (Math.Max(2, word.Length / 3) + 1, null);
        foreach ((string spelling, string meaning) in candidates)
        {
            int distance = Distance(word, spelling.ToLowerInvariant());
            // A short word is within two edits of every other short word; one that shares nothing is no suggestion.
            if (distance < best.distance && distance < Math.Max(word.Length, spelling.Length) - 1 || distance == 0 && best.distance > 0)
            {
                best = (distance, meaning);
            }
        }

        return best.meaning;
    }

    /// <summary>Edits between two words: insert, delete, replace, or swap two neighbours (optimal string alignment).</summary>
    public static int Distance(string a, string b)
    {
        int[,] d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }

                int replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }

        return d[a.Length, b.Length];
    }
}
