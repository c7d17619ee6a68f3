using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LstmGpu.Data;

/// <summary>The file form of a vocabulary: one JSON array of one-character strings.</summary>
internal static class VocabularyJson
{
    // Every scalar value escaped as a surrogate pair, with quotes, comma and indentation, stays below this.
    private const long LargestFile = 32L << 20;
    private const int EntriesPerLine = 16;

    public static Rune[] Load(string path)
    {
        using JsonDocument document = Parse(path);
        return ReadEntries(document.RootElement, path);
    }

    /// <exception cref="DataException">The file cannot be read or is no JSON.</exception>
    public static JsonDocument Parse(string path)
    {
        byte[] json = ReadFile(path);
        try
        {
            return JsonDocument.Parse(json.AsMemory(MarkLength(json)));
        }
        catch (JsonException invalid)
        {
            throw Refuse(path, $"is not valid JSON (line {invalid.LineNumber + 1})", invalid);
        }
    }

    public static byte[] Write(string[] symbols)
    {
        StringBuilder json = new("[");
        for (int id = 0; id < symbols.Length; id++)
        {
            json.Append(id == 0 ? "\n  " : id % EntriesPerLine == 0 ? ",\n  " : ", ");
            json.Append('"').Append(Escape(symbols[id])).Append('"');
        }

        return Encoding.UTF8.GetBytes(json.Append("\n]\n").ToString());
    }

    // A fixed list, not the runtime's encoder: what that one escapes follows its Unicode version, and the bytes must not.
    private static string Escape(string symbol) => string.Concat(symbol.Select(Escape));

    private static string Escape(char unit) => unit switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        < ' ' or (>= '\u007F' and <= '\u00A0') or '\u00AD' or (>= '\u2000' and <= '\u200F') or (>= '\u2028' and <= '\u202F') or '\u3000' or '\uFEFF'
            => $"\\u{(int)unit:X4}",
        _ => unit.ToString(),
    };

    private static Rune[] ReadEntries(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() == 0)
        {
            throw Refuse(path, root.ValueKind == JsonValueKind.Array ? "is an empty array" : $"holds a JSON {root.ValueKind.ToString().ToLowerInvariant()}");
        }

        List<Rune> runes = new(root.GetArrayLength());
        Dictionary<Rune, int> idOf = new(root.GetArrayLength());
        foreach (JsonElement entry in root.EnumerateArray())
        {
            Rune rune = ReadEntry(entry, runes.Count, path);
            if (!idOf.TryAdd(rune, runes.Count))
            {
                throw Refuse(path, $"holds {Vocabulary.Show(rune)} twice, as entries {idOf[rune]} and {runes.Count}");
            }

            runes.Add(rune);
        }

        return [.. runes];
    }

    private static Rune ReadEntry(JsonElement entry, int id, string path)
    {
        string text = Entry(entry, id, found => Refuse(path, found));
        return Rune.DecodeFromUtf16(text, out Rune rune, out int units) == OperationStatus.Done && units == text.Length
            ? rune
            : throw Refuse(path, text.Length == 0 ? $"has an empty string as entry {id}" : $"has a string of {text.Length} UTF-16 units as entry {id}");
    }

    /// <summary>A string of an array; <paramref name="refuse"/> makes the error of what was found instead.</summary>
    public static string Entry(JsonElement entry, int id, Func<string, DataException> refuse)
    {
        if (entry.ValueKind != JsonValueKind.String)
        {
            throw refuse($"has a JSON {entry.ValueKind.ToString().ToLowerInvariant()} as entry {id}");
        }

        try
        {
            return entry.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw refuse($"has half a surrogate pair or invalid UTF-8 as entry {id}");
        }
    }

    private static byte[] ReadFile(string path)
    {
        try
        {
            using FileStream file = InputFile.OpenStream(path, "vocabulary");
            if (file.Length > LargestFile)
            {
                throw Refuse(path, $"is {file.Length} bytes large");
            }

            byte[] json = new byte[file.Length];
            file.ReadExactly(json);
            return json;
        }
        catch (Exception failed) when (failed is IOException or NotSupportedException)
        {
            throw new DataException($"vocabulary '{path}' could not be read: {failed.Message}", failed);
        }
    }

    private static int MarkLength(ReadOnlySpan<byte> json) => json.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;

    private static DataException Refuse(string path, string found, Exception? inner = null) => new(
        $"vocabulary '{path}' {found}, expected a JSON array of distinct one-character strings such as [\"a\", \"b\"]; correct the file or leave out --vocabulary",
        inner);
}
