using System.Text;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// A visible character for each byte, as GPT-2 has it (Radford et al. 2019): the printable ones of Latin-1 stand for themselves, the others, in order,
/// for U+0100, U+0101, …; so a space is Ġ and a line feed Ċ.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> ByteOf = Enumerable.Range(0, 256).ToDictionary(value => Characters[value], value => (byte)value);

    public static string Show(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append(Characters[value]);
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text in this alphabet; null where another character stands in it.</summary>
    public static byte[]? Parse(string text) => text.All(ByteOf.ContainsKey) ? [.. text.Select(character => ByteOf[character])] : null;

    private static char[] MakeCharacters()
    {
        char next = '\u0100';
        return [.. Enumerable.Range(0, 256).Select(value => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)value : next++)];
    }
}
