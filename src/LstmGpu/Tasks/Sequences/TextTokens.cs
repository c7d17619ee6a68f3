using System.Text;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Tasks.Sequences;

/// <summary>How a text becomes the tokens of a sequence.</summary>
internal static class TextTokens
{
    public const string Characters = "characters";
    public const string Words = "words";

    /// <summary>Its characters (scalar values), or its words and single marks without the white space between them.</summary>
    public static IEnumerable<string> Of(string text, string unit) => unit == Words ? WordsOf(text) : text.EnumerateRunes().Select(rune => rune.ToString());

    private static IEnumerable<string> WordsOf(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int at = 0; at < bytes.Length;)
        {
            int length = TextPieces.Length(bytes.AsSpan(at));
            string piece = Encoding.UTF8.GetString(bytes, at, length).Trim();
            if (piece.Length > 0)
            {
                yield return piece;
            }
            at += length;
        }
    }
}
