using System.Text;
using System.Text.Json;

namespace LstmGpu.Data.Tokens;

/// <summary>
/// The file form of a tokenizer. Characters: one JSON array of one-character strings. Words:
/// <c>{"version": 1, "kind": "word", "lower": false, "tokens": [...]}</c>. Byte pairs: <c>{"version": 1, "kind": "bpe", "merges": ["Ġ t", ...]}</c> in the
/// <see cref="ByteAlphabet"/>, in the order in which they are joined.
/// </summary>
internal static class TokenizerFile
{
    private const int Version = 1;
    private const string Word = "word", BytePair = "bpe";

    /// <exception cref="DataException">The file cannot be read or is none of the three forms.</exception>
    public static ITokenizer Load(string path)
    {
        using JsonDocument document = VocabularyJson.Parse(path);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return Vocabulary.Load(path);
        }

        if (!root.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number || !version.TryGetInt32(out int number) || number != Version)
        {
            throw Refuse(path, "has no \"version\": 1");
        }

        return Text(root, "kind") switch
        {
            Word => new WordTokenizer(Strings(Member(root, "tokens", path), path), Truth(Member(root, "lower", path), path)),
            BytePair => ReadMerges(Strings(Member(root, "merges", path), path, empty: true), path),
            _ => throw Refuse(path, $"has \"kind\": {(root.TryGetProperty("kind", out JsonElement kind) ? Formats.Quote.Name(kind.GetRawText()) : "nothing")}"),
        };
    }

    /// <summary>Whether a file is a JSON array rather than an object.</summary>
    /// <exception cref="DataException">The file cannot be read or is no JSON.</exception>
    public static bool IsList(string path)
    {
        using JsonDocument document = VocabularyJson.Parse(path);
        return document.RootElement.ValueKind != JsonValueKind.Object;
    }

    /// <summary>The entries of a JSON array of distinct strings that are not empty.</summary>
    /// <exception cref="DataException">The file cannot be read or is something else.</exception>
    public static string[] ReadList(string path)
    {
        using JsonDocument document = VocabularyJson.Parse(path);
        return Strings(document.RootElement, path);
    }

    public static byte[] Write(WordTokenizer tokenizer, string[] symbols) =>
        Write($"\"kind\": \"{Word}\",\n\"lower\": {(tokenizer.Lower ? "true" : "false")},\n\"tokens\": ", VocabularyJson.Write(symbols));

    public static byte[] Write(BytePairTokenizer tokenizer) => Write($"\"kind\": \"{BytePair}\",\n\"merges\": ", VocabularyJson.Write(
        [.. tokenizer.Merges.Select(merge => $"{ByteAlphabet.Show(tokenizer.Bytes(merge.Left))} {ByteAlphabet.Show(tokenizer.Bytes(merge.Right))}")]));

    private static byte[] Write(string head, byte[] array) => [.. Encoding.UTF8.GetBytes($"{{\n\"version\": {Version},\n{head}"), .. array.AsSpan().TrimEnd((byte)'\n'), .. "\n}\n"u8];

    private static BytePairTokenizer ReadMerges(string[] merges, string path)
    {
        BytePairTokenizer tokenizer = new();
        for (int rank = 0; rank < merges.Length; rank++)
        {
            int[] parts = [.. merges[rank].Split(' ').Select(part => ByteAlphabet.Parse(part) is { Length: > 0 } token ? tokenizer.Find(token) : -1)];
            if (parts.Length != 2 || parts.Min() < 0)
            {
                throw Refuse(path, $"has {Formats.Quote.Name(merges[rank])} as merge {rank}, which does not name two tokens that stand before it");
            }

            tokenizer.Merge(parts[0], parts[1]);
        }

        return tokenizer;
    }

    private static JsonElement Member(JsonElement root, string name, string path) =>
        root.TryGetProperty(name, out JsonElement member) ? member : throw Refuse(path, $"has no \"{name}\"");

    private static bool Truth(JsonElement member, string path) => member.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? member.GetBoolean()
        : throw Refuse(path, $"has \"lower\": {Formats.Quote.Name(member.GetRawText())}");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    private static string[] Strings(JsonElement array, string path, bool empty = false)
    {
        if (array.ValueKind != JsonValueKind.Array || (array.GetArrayLength() == 0 && !empty))
        {
            throw Refuse(path, array.ValueKind == JsonValueKind.Array ? "has an empty array" : $"has a JSON {array.ValueKind.ToString().ToLowerInvariant()} where an array belongs");
        }

        Dictionary<string, int> idOf = new(StringComparer.Ordinal);
        foreach (JsonElement entry in array.EnumerateArray())
        {
            string text = VocabularyJson.Entry(entry, idOf.Count, found => Refuse(path, found));
            if (text.Length == 0)
            {
                throw Refuse(path, $"has an empty string as entry {idOf.Count}");
            }

            if (!idOf.TryAdd(text, idOf.Count))
            {
                throw Refuse(path, $"holds {Formats.Quote.Name(text)} twice, as entries {idOf[text]} and {idOf.Count}");
            }
        }

        return [.. idOf.Keys];
    }

    private static DataException Refuse(string path, string found) => new(
        $"vocabulary '{path}' {found}, expected a JSON array of distinct strings, or {{\"version\": {Version}, \"kind\": \"{Word}\" or \"{BytePair}\", …}}; correct the file");
}
