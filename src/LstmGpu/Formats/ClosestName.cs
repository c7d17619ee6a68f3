namespace LstmGpu.Formats;

/// <summary>Finds what a misspelt name was meant to be, by edit distance (Levenshtein 1966).</summary>
internal static class ClosestName
{
    /// <summary>The candidate fewest edits away, if at most a third of the name differs; otherwise null.</summary>
    public static string? Find(string wanted, IEnumerable<string> candidates)
    {
        string? best = null;
        var limit = Math.Max(2, wanted.Length / 3);
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - wanted.Length) <= limit && Distance(wanted, candidate) is var distance && distance <= limit)
            {
                best = candidate;
                limit = distance - 1; // the next one must be closer; ties go to the first
            }
        }
        return best;
    }

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
