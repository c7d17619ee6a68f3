using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace LstmGpu.Formats;

/// <summary>
/// Parses and checks the JSON header of a safetensors file (https://github.com/huggingface/safetensors#format). Faults are
/// <see cref="FormatException"/> without the file's name; <see cref="SafetensorsReader"/> adds it.
/// </summary>
internal static class SafetensorsHeader
{
    public const string MetadataKey = "__metadata__";

    /// <summary>The format's own limit on the header, in bytes.</summary>
    public const long LongestHeader = 100_000_000;

    /// <summary>Tensors in the order of the header, and the metadata. The tensors cover the data section without gap or overlap.</summary>
    public static (List<TensorEntry> Tensors, Dictionary<string, string> Metadata) Parse(ReadOnlySpan<byte> json, long dataBytes)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new FormatException($"the header starts with byte 0x{(json.IsEmpty ? 0 : json[0]):x2}, expected '{{'");
        }
        if (!Utf8.IsValid(json))
        {
            throw new FormatException("the header is not valid UTF-8");
        }
        var tensors = new List<TensorEntry>();
        Dictionary<string, string>? metadata = null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Text(ref reader);
                if (!names.Add(name))
                {
                    throw new FormatException($"the header names {Quote.Name(name)} twice, expected each name once");
                }
                if (name == MetadataKey)
                {
                    metadata = Metadata(ref reader);
                }
                else
                {
                    tensors.Add(Tensor(ref reader, name));
                }
            }
            reader.Read(); // throws unless only white space follows the object
        }
        catch (JsonException error)
        {
            throw new FormatException($"the header is not valid JSON at byte {error.BytePositionInLine} of line {error.LineNumber + 1}", error);
        }
        CheckCoverage(tensors, dataBytes);
        return (tensors, metadata ?? []);
    }

    private static Dictionary<string, string> Metadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "an object of texts");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = Text(ref reader);
            Expect(ref reader, JsonTokenType.String, $"{MetadataKey} {Quote.Name(key)}", "a text");
            if (!metadata.TryAdd(key, Text(ref reader)))
            {
                throw new FormatException($"{MetadataKey} names {Quote.Name(key)} twice, expected each key once");
            }
        }
        return metadata;
    }

    private static TensorEntry Tensor(ref Utf8JsonReader reader, string name)
    {
        var what = $"tensor {Quote.Name(name)}";
        TensorType? type = null;
        long[]? shape = null, range = null;
        Expect(ref reader, JsonTokenType.StartObject, what, "an object with dtype, shape and data_offsets");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (Text(ref reader))
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"dtype of {what}", "a text such as \"F32\"");
                    type = TensorTypes.TryParse(Text(ref reader), out var known)
                        ? known
                        : throw new FormatException($"{what} has dtype {Quote.Name(Text(ref reader))}, expected one of {string.Join(", ", Enum.GetValues<TensorType>().Select(TensorTypes.NameOf))}");
                    break;
                case "shape" when shape is null:
                    shape = Integers(ref reader, $"shape of {what}");
                    break;
                case "data_offsets" when range is null:
                    range = Integers(ref reader, $"data_offsets of {what}");
                    break;
                case var field:
                    throw new FormatException($"{what} has an unknown or repeated field {Quote.Name(field)}, expected dtype, shape and data_offsets, each once");
            }
        }
        if (type is null || shape is null || range is null)
        {
            throw new FormatException($"{what} has no {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        }
        return range is [var begin, var end] && begin <= end
            ? CheckSize(new(name, type.Value, shape, begin, end))
            : throw new FormatException($"{what} has data_offsets {Quote.Numbers(range)}, expected [begin,end] with begin not above end");
    }

    private static TensorEntry CheckSize(TensorEntry entry)
    {
        long bytes = entry.Type.BytesOf();
        try
        {
            bytes = entry.Shape.Aggregate(bytes, (product, size) => checked(product * size));
        }
        catch (OverflowException error)
        {
            throw new FormatException($"the size of tensor {entry} overflows 64 bits", error);
        }
        return entry.End - entry.Begin == bytes
            ? entry
            : throw new FormatException($"tensor {entry} has {entry.End - entry.Begin} bytes of data, expected {bytes} from its shape");
    }

    private static void CheckCoverage(List<TensorEntry> tensors, long dataBytes)
    {
        var covered = 0L;
        TensorEntry? previous = null;
        foreach (var entry in tensors.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataBytes)
            {
                throw new FormatException($"tensor {entry} ends at byte {entry.End} of the data, expected at most {dataBytes}: the file is truncated or its offsets are wrong");
            }
            if (entry.Begin < covered)
            {
                throw new FormatException($"tensor {entry} begins at byte {entry.Begin} and overlaps {previous}, expected byte {covered}");
            }
            if (entry.Begin > covered)
            {
                throw new FormatException($"bytes {covered} to {entry.Begin} before tensor {entry} belong to no tensor, expected no gap");
            }
            (covered, previous) = (entry.End, entry);
        }
        if (covered != dataBytes)
        {
            throw new FormatException($"{dataBytes - covered} bytes follow the last tensor, expected none");
        }
    }

    private static long[] Integers(ref Utf8JsonReader reader, string what)
    {
        const string expected = "an array of integers from 0 to 2^63-1";
        Expect(ref reader, JsonTokenType.StartArray, what, expected);
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == (byte)'-' || !reader.TryGetInt64(out var value))
            {
                throw new FormatException($"{what} holds {Quote.Name(Encoding.UTF8.GetString(reader.ValueSpan))}, expected {expected}");
            }
            values.Add(value);
        }
        return [.. values];
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType expected, string what, string expectedInWords)
    {
        reader.Read();
        if (reader.TokenType != expected)
        {
            throw new FormatException($"{what} is a JSON {reader.TokenType}, expected {expectedInWords}");
        }
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            // Half of a surrogate pair, written as an escape.
            throw new FormatException($"the header holds a text that is not valid Unicode at byte {reader.TokenStartIndex}", error);
        }
    }
}
