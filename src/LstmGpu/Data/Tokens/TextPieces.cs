using System.Globalization;
using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// Cuts UTF-8 text into pieces that give the text when they are joined. A piece is a word, or one other character:
/// <list type="bullet">
/// <item>A word is a run of letters, marks, numbers and connectors such as <c>_</c>; an apostrophe between two of them belongs to it (<c>don't</c>).
/// After 128 bytes it is cut.</item>
/// <item>Han characters, Hiragana and Katakana stand alone, because Chinese and Japanese put no spaces between words.</item>
/// <item>Punctuation, symbols and white space stand alone, among them the line feed.</item>
/// <item>A single space before anything but white space belongs to what follows, as in GPT-2: <c>"to be,"</c> is <c>"to" " be" ","</c>.</item>
/// </list>
/// </summary>
internal static class TextPieces
{
    /// <summary>Bytes of the longest piece: a space and a word.</summary>
    public const int Longest = 1 + LongestWord;

    /// <summary>So many bytes from its start decide where a piece ends.</summary>
    public const int Lookahead = Longest + 8;

    private const int LongestWord = 128;

    private enum Kind
    {
        Single,
        Space,
        Word,
        Apostrophe,
    }

    /// <summary>Length in bytes of the first piece.</summary>
    /// <param name="bytes">At least <see cref="Lookahead"/> bytes, or all that is left of the text; not empty.</param>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        int start = bytes[0] == ' ' ? 1 : 0;
        if (start == bytes.Length)
        {
            return start;
        }

        Kind kind = Classify(bytes[start..], out int size);
        return kind switch
        {
            Kind.Space => start == 1 ? 1 : size,
            Kind.Word => WordEnd(bytes, start, start + size),
            _ => start + size,
        };
    }

    /// <summary>Lower-cases a piece by the invariant simple mapping, scalar value by scalar value, and returns its new length.</summary>
    /// <param name="to">Room for twice the bytes: a lower-case letter may take one byte more than its upper-case one.</param>
    public static int Lower(ReadOnlySpan<byte> piece, Span<byte> to)
    {
        int written = 0;
        for (int at = 0; at < piece.Length;)
        {
            Rune.DecodeFromUtf8(piece[at..], out Rune rune, out int size);
            written += Rune.ToLowerInvariant(rune).EncodeToUtf8(to[written..]);
            at += size;
        }

        return written;
    }

    private static int WordEnd(ReadOnlySpan<byte> bytes, int start, int at)
    {
        while (at < bytes.Length)
        {
            Kind kind = Classify(bytes[at..], out int size);
            if (kind == Kind.Apostrophe && at + size < bytes.Length)
            {
                kind = Classify(bytes[(at + size)..], out int next);
                size += next;
            }

            if (kind != Kind.Word || at + size - start > LongestWord)
            {
                break;
            }

            at += size;
        }

        return at;
    }

    private static Kind Classify(ReadOnlySpan<byte> bytes, out int size)
    {
        int first = bytes[0];
        if (first < 0x80)
        {
            size = 1;
            return char.IsAsciiLetterOrDigit((char)first) || first == '_' ? Kind.Word
                : first is ' ' or (>= '\t' and <= '\r') ? Kind.Space
                : first == '\'' ? Kind.Apostrophe
                : Kind.Single;
        }

        Rune.DecodeFromUtf8(bytes, out Rune rune, out size);
        return rune.Value == '’' ? Kind.Apostrophe
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : IsWord(Rune.GetUnicodeCategory(rune)) && !StandsAlone(rune.Value) ? Kind.Word
            : Kind.Single;
    }

    // Letters, marks, numbers: the first categories of the enumeration.
    private static bool IsWord(UnicodeCategory category) => category is <= UnicodeCategory.OtherNumber or UnicodeCategory.ConnectorPunctuation;

    // The blocks of Han, Hiragana and Katakana.
    private static bool StandsAlone(int value) => value
        is (>= 0x2E80 and <= 0x2FDF) or (>= 0x3005 and <= 0x3007) or (>= 0x3021 and <= 0x3029) or (>= 0x3038 and <= 0x303B)
        or (>= 0x3040 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9F) or (>= 0x1AFF0 and <= 0x1B16F) or (>= 0x20000 and <= 0x3FFFF);
}
