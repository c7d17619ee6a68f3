using System.Text;
using System.Text.Json;
using LstmGpu.Formats;

namespace LstmGpu.Data;

/// <summary>The labels of a task in id order: sorted by code unit where it is made, in the order of the file where it is loaded.</summary>
internal sealed class LabelVocabulary
{
    private const long LargestFile = 64L << 20;

    private readonly string[] labels;
    private readonly Dictionary<string, int> idOf;

    private LabelVocabulary(string[] labels)
    {
        this.labels = labels;
        idOf = labels.Select((label, id) => (label, id)).ToDictionary(pair => pair.label, pair => pair.id, StringComparer.Ordinal);
    }

    /// <summary>Number of labels, C.</summary>
    public int Count => labels.Length;

    public string this[int id] => labels[id];

    /// <summary>The distinct labels, sorted.</summary>
    /// <param name="source">The file or folder that they come from, for the message.</param>
    /// <exception cref="DataException">There are fewer than two.</exception>
    public static LabelVocabulary FromLabels(IEnumerable<string> labels, string source)
    {
        string[] distinct = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return distinct.Length >= 2 ? new(distinct) : throw new DataException(
            $"{Quote.Name(source)}: found {(distinct is [var only] ? $"one label, {Quote.Name(only)}" : "no label")}, expected at least two to tell apart; "
            + "add examples of another label");
    }

    /// <summary>Reads a JSON array of distinct strings; its order is the order of the ids.</summary>
    /// <exception cref="DataException">The file cannot be read or is no such array.</exception>
    public static LabelVocabulary Load(string path) => new(ReadStrings(path, "label vocabulary"));

    /// <summary>A JSON array that <see cref="Load"/> reads back; characters beyond ASCII are escaped.</summary>
    public byte[] ToJson() => WriteStrings(labels);

    /// <summary>The id of a label, or −1 when there is no such label.</summary>
    public int Find(string label) => idOf.GetValueOrDefault(label, -1);

    /// <summary>The id of a label.</summary>
    /// <param name="place">Where it stands: file and line.</param>
    /// <exception cref="DataException">There is no such label.</exception>
    public int Require(string label, string place)
    {
        int id = Find(label);
        return id >= 0 ? id : throw new DataException(
            $"{place}: found the label {Quote.Name(label)}, expected one of the {Count} labels of the training data"
            + (ClosestName.Find(label, labels) is { } close ? $"; did you mean {Quote.Name(close)}?" : "; correct it or train with it"));
    }

    internal static byte[] WriteStrings(string[] strings)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            JsonSerializer.Serialize(json, strings);
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    internal static string[] ReadStrings(string path, string what)
    {
        try
        {
            using FileStream file = InputFile.OpenStream(path, what);
            if (file.Length > LargestFile)
            {
                throw Refuse(path, what, $"{file.Length} bytes", null);
            }

            string?[] strings = JsonSerializer.Deserialize<string?[]>(file) ?? throw Refuse(path, what, "null", null);
            string[] distinct = [.. strings.OfType<string>().Distinct(StringComparer.Ordinal)];
            return strings.Length > 0 && distinct.Length == strings.Length
                ? distinct
                : throw Refuse(path, what, strings.Length == 0 ? "an empty array" : "null or a string that stands twice", null);
        }
        catch (Exception failed) when (failed is JsonException or IOException or InvalidOperationException or DecoderFallbackException)
        {
            throw Refuse(path, what, $"no such JSON ({failed.Message.ReplaceLineEndings(" ")})", failed);
        }
    }

    private static DataException Refuse(string path, string what, string found, Exception? inner) => new(
        $"{what} {Quote.Name(path)}: found {found}, expected a JSON array of distinct strings; restore the file from its run", inner);
}
