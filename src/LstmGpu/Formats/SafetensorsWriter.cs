using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LstmGpu.Formats;

/// <summary>Copies elements start … start + part.Length of a tensor.</summary>
internal delegate void TensorSource(long start, Span<float> part);

/// <summary>A float32 tensor to save, read part by part from where it lies: a second copy of a large model never exists.</summary>
/// <param name="Shape">Row-major, right-most fastest; its product is the count.</param>
internal sealed record TensorToWrite(string Name, IReadOnlyList<long> Shape, long Count, TensorSource Source)
{
    public TensorToWrite(string name, IReadOnlyList<long> shape, ReadOnlyMemory<float> data)
        : this(name, shape, data.Length, (start, part) => data.Span.Slice((int)start, part.Length).CopyTo(part))
    {
    }
}

/// <summary>
/// Writes safetensors files: the same input gives the same bytes. Tensors stand in the order given, metadata in ordinal order of its keys,
/// and the header is padded with spaces so that the data begins at a multiple of 8.
/// </summary>
internal static class SafetensorsWriter
{
    private const int LengthBytes = 8, ChunkElements = 1 << 20;

    /// <summary>Replaces <paramref name="path"/>, which is on the disk when this returns; a failure leaves the old file as it was.</summary>
    /// <exception cref="DataException">The file system refused: full disk, permission, missing directory.</exception>
    /// <exception cref="ArgumentException">A name is used twice or reserved, or a shape does not fit its data.</exception>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var header = Header(tensors, metadata);
        DurableFile.Write(path, stream =>
        {
            stream.Write(header.Span);
            var chunk = new float[Math.Min(ChunkElements, tensors.Select(tensor => tensor.Count).DefaultIfEmpty().Max())];
            foreach (var tensor in tensors)
            {
                for (var start = 0L; start < tensor.Count; start += chunk.Length)
                {
                    var part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.Count - start));
                    tensor.Source(start, part);
                    stream.Write(MemoryMarshal.AsBytes(part));
                }
            }
        });
    }

    private static ReadOnlyMemory<byte> Header(IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.GetSpan(LengthBytes)[..LengthBytes].Clear(); // its place; the length is known at the end
        bytes.Advance(LengthBytes);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }
                json.WriteEndObject();
            }
            var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsHeader.MetadataKey };
            var end = 0L;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"tensor name {Quote.Name(tensor.Name)} is used twice or reserved", nameof(tensors));
                }
                end = WriteEntry(json, tensor, end);
            }
            json.WriteEndObject();
        }
        var padding = -bytes.WrittenCount & (LengthBytes - 1);
        bytes.GetSpan(padding)[..padding].Fill((byte)' ');
        bytes.Advance(padding);
        var header = bytes.WrittenMemory;
        BinaryPrimitives.WriteInt64LittleEndian(MemoryMarshal.AsMemory(header).Span, header.Length - LengthBytes);
        return header;
    }

    private static long WriteEntry(Utf8JsonWriter json, TensorToWrite tensor, long begin)
    {
        if (tensor.Shape.Any(size => size < 0) || tensor.Shape.Aggregate(1L, (product, size) => checked(product * size)) != tensor.Count)
        {
            throw new ArgumentException($"tensor {Quote.Name(tensor.Name)} has shape [{string.Join(',', tensor.Shape)}] and {tensor.Count} elements");
        }
        var end = begin + tensor.Count * sizeof(float);
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype"u8, TensorType.F32.NameOf());
        json.WriteStartArray("shape"u8);
        foreach (var size in tensor.Shape)
        {
            json.WriteNumberValue(size);
        }
        json.WriteEndArray();
        json.WriteStartArray("data_offsets"u8);
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
