using System.Globalization;
using System.Text;
using LstmGpu.Data.Tokens;

namespace LstmGpu.Data;

/// <summary>The characters of a model in id order. A character is one Unicode scalar value: text is not normalised, CRLF stays two characters.</summary>
internal sealed class Vocabulary : ITokenizer, IEquatable<Vocabulary>
{
    private const int PageBits = 8;
    private const int PageSize = 1 << PageBits;
    private const int Pages = 0x110000 >> PageBits;

    private readonly Rune[] runes;
    private readonly string[] symbols;
    private readonly byte[][] bytes;
    private readonly int[][] idsByPage = new int[Pages][];

    private Vocabulary(Rune[] runes)
    {
        this.runes = runes;
        symbols = Array.ConvertAll(runes, rune => rune.ToString());
        bytes = Array.ConvertAll(symbols, Encoding.UTF8.GetBytes);

        int[] absent = NewPage();
        Array.Fill(idsByPage, absent);
        for (int id = 0; id < runes.Length; id++)
        {
            ref int[] page = ref idsByPage[runes[id].Value >> PageBits];
            page = page == absent ? NewPage() : page;
            page[runes[id].Value & (PageSize - 1)] = id;
        }
    }

    /// <summary>Number of characters, V.</summary>
    public int Count => runes.Length;

    /// <summary>−1: a character outside the vocabulary is refused.</summary>
    public int Unknown => -1;

    /// <summary>The distinct characters of <paramref name="runes"/>, ordered by code point.</summary>
    public static Vocabulary FromRunes(IEnumerable<Rune> runes) => new([.. runes.Distinct().Order()]);

    /// <summary>Reads a JSON array of one-character strings; the order of the array is the order of the ids.</summary>
    /// <exception cref="DataException">The file cannot be read, or an entry is not exactly one character, or occurs twice.</exception>
    public static Vocabulary Load(string path) => new(VocabularyJson.Load(path));

    /// <summary>A JSON array that <see cref="Load"/> reads back: the same characters give the same bytes everywhere.</summary>
    public byte[] ToJson() => VocabularyJson.Write(symbols);

    /// <summary>The character of an id, as a string of one or two UTF-16 units.</summary>
    public string Symbol(int id) => symbols[id];

    public ReadOnlySpan<byte> Bytes(int id) => bytes[id];

    /// <summary>The id of a character, or −1 when the vocabulary does not hold it.</summary>
    public int Find(Rune rune) => idsByPage[rune.Value >> PageBits][rune.Value & (PageSize - 1)];

    /// <summary>The ids of a text.</summary>
    /// <exception cref="DataException">A character is not in the vocabulary.</exception>
    public int[] Encode(string text)
    {
        List<int> ids = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            bool broken = Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int units) != System.Buffers.OperationStatus.Done;
            if (broken)
            {
                throw new DataException($"position {ids.Count} of the text holds half a surrogate pair (U+{(int)text[at]:X4}), expected well-formed Unicode; correct the text");
            }

            int id = Find(rune);
            if (id < 0)
            {
                throw new DataException(
                    $"character {Show(rune)} at position {ids.Count} of the text is not among the {Count} characters of the vocabulary; leave it out, or train on text that has it");
            }

            ids.Add(id);
            at += units;
        }

        return [.. ids];
    }

    /// <summary>A character as a message shows it: itself where it can be seen, and its code point.</summary>
    internal static string Show(Rune rune)
    {
        bool visible = Rune.GetUnicodeCategory(rune)
            is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
        return visible ? $"'{rune}' (U+{rune.Value:X4})" : $"U+{rune.Value:X4}";
    }

    public bool Equals(Vocabulary? other) => other is not null && runes.AsSpan().SequenceEqual(other.runes);

    public override bool Equals(object? obj) => Equals(obj as Vocabulary);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (Rune rune in runes)
        {
            hash.Add(rune.Value);
        }

        return hash.ToHashCode();
    }

    private static int[] NewPage()
    {
        int[] page = new int[PageSize];
        Array.Fill(page, -1);
        return page;
    }
}
