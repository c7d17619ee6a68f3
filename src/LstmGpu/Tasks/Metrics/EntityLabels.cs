namespace LstmGpu.Tasks.Metrics;

/// <summary>
/// Finds the entities that labels of tokens mark, as <c>seqeval</c> does where it is not strict, and conlleval (Tjong Kim Sang and Buchholz 2000) before
/// it: an entity begins at B-, at S-, and at any label but O of another type than the one before or after an end; so I- alone may begin one.
/// </summary>
internal sealed class EntityLabels
{
    private const string Outside = "O";

    private readonly char[] prefixes;
    private readonly string[] types;

    private EntityLabels(IReadOnlyList<string> labels)
    {
        prefixes = [.. labels.Select(label => label[0])];
        types = [.. labels.Select(label => label == Outside ? "" : label[2..])];
    }

    /// <summary>Of labels in id order; null where they are not all O or of the form B-X, I-X, E-X or S-X, or none begins with B- or I-.</summary>
    public static EntityLabels? Of(IReadOnlyList<string> labels) =>
        labels.All(label => label == Outside || IsPart(label, "BIES")) && labels.Any(label => IsPart(label, "BI")) ? new(labels) : null;

    /// <summary>The entities of one sequence.</summary>
    /// <param name="ids">A label for each token.</param>
    public HashSet<Entity> Find(ReadOnlySpan<int> ids)
    {
        HashSet<Entity> found = [];
        (char Prefix, string Type) before = ('O', "");
        int start = 0;
        for (int n = 0; n <= ids.Length; n++)
        {
            (char Prefix, string Type) now = n < ids.Length ? (prefixes[ids[n]], types[ids[n]]) : ('O', "");
            if (Ends(before, now))
            {
                found.Add(new(before.Type, start, n - 1));
            }
            start = Begins(before, now) ? n : start;
            before = now;
        }
        return found;
    }

    // O has a type that no other label has.
    private static bool Ends((char Prefix, string Type) before, (char Prefix, string Type) now) => before.Prefix switch
    {
        'O' => false,
        'E' or 'S' => true,
        _ => now.Prefix is 'B' or 'S' || now.Type != before.Type,
    };

    private static bool Begins((char Prefix, string Type) before, (char Prefix, string Type) now) => now.Prefix switch
    {
        'O' => false,
        'B' or 'S' => true,
        _ => before.Prefix is 'E' or 'S' || now.Type != before.Type,
    };

    private static bool IsPart(string label, string prefixes) => label.Length > 2 && label[1] == '-' && prefixes.Contains(label[0]);

    /// <summary>Tokens from <paramref name="First"/> to <paramref name="Last"/>.</summary>
    internal readonly record struct Entity(string Type, int First, int Last);
}
