using System.Text;

namespace LstmGpu.Formats;

/// <summary>Puts what stands in a file into an error message: on one line, never longer than a line.</summary>
internal static class Quote
{
    private const int Longest = 80, MostNumbers = 8;

    public static string Name(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (var rune in text.EnumerateRunes().Take(Longest))
        {
            quoted.Append(Rune.IsControl(rune) ? "\uFFFD" : rune.ToString());
        }
        return quoted.Append(text.EnumerateRunes().Skip(Longest).Any() ? "…'" : "'").ToString();
    }

    public static string Numbers(IReadOnlyList<long> values) =>
        $"[{string.Join(',', values.Take(MostNumbers))}{(values.Count > MostNumbers ? ",…" : "")}]";
}
