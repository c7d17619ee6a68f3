using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LstmGpu.Formats;

/// <summary>Reads tensors of a safetensors file, one at a time; only the header is held in memory. Strict: see <see cref="SafetensorsHeader"/>.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    private const int LengthBytes = 8, ChunkElements = 1 << 16;

    private readonly SafeFileHandle file;
    private readonly string path;
    private readonly long dataStart;

    private SafetensorsReader(SafeFileHandle file, string path)
    {
        this.file = file;
        this.path = path;
        var fileBytes = RandomAccess.GetLength(file);
        if (fileBytes < LengthBytes)
        {
            throw new FormatException($"it has {fileBytes} bytes, expected at least {LengthBytes}");
        }
        Span<byte> prefix = stackalloc byte[LengthBytes];
        Fill(prefix, 0);
        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(SafetensorsHeader.LongestHeader, fileBytes - LengthBytes);
        if (headerBytes == 0 || headerBytes > most)
        {
            throw new FormatException($"its header length is {headerBytes}, expected 1 to {most}");
        }
        var header = new byte[headerBytes];
        Fill(header, LengthBytes);
        dataStart = LengthBytes + (long)headerBytes;
        (Entries, Metadata) = SafetensorsHeader.Parse(header, fileBytes - dataStart);
        Tensors = Entries.ToFrozenDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The tensors in the order of the header.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header and the ranges of all tensors.</summary>
    /// <exception cref="DataException">The file cannot be read or is not a well-formed safetensors file.</exception>
    public static SafetensorsReader Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new(file, path);
        }
        catch (Exception error) when (DiskFault.Is(error) || error is FormatException or NotSupportedException or ArgumentException)
        {
            file?.Dispose();
            throw error is FormatException
                ? new DataException($"'{path}' is not a usable safetensors file: {error.Message}; use an intact file or save it again", error)
                : DiskFault.Reading(path, error);
        }
    }

    /// <summary>The entry of a tensor that must be there.</summary>
    /// <exception cref="DataException">No tensor has this name.</exception>
    public TensorEntry Find(string name)
    {
        if (Tensors.TryGetValue(name, out var entry))
        {
            return entry;
        }
        var next = ClosestName.Find(name, Entries.Select(candidate => candidate.Name)) is { } closest
            ? $"did you mean {Quote.Name(closest)}?"
            : $"it holds {(Entries.Count == 0 ? "none" : string.Join(", ", Entries.Take(8).Select(candidate => Quote.Name(candidate.Name))))}{(Entries.Count > 8 ? ", …" : "")}";
        throw new DataException($"'{path}' has no tensor {Quote.Name(name)}; {next}");
    }

    /// <summary>Reads a whole tensor of type F32, F64, F16 or BF16; values beyond float's range become infinite.</summary>
    /// <exception cref="DataException">No such tensor, another type, another length, or the file cannot be read.</exception>
    public void Read(string name, Span<float> destination)
    {
        RequireLength(Find(name), destination.Length);
        Read(name, 0, destination);
    }

    /// <summary>Reads the elements from <paramref name="start"/> that fill the destination.</summary>
    /// <exception cref="DataException">No such tensor, another type, or the file cannot be read.</exception>
    public void Read(string name, long start, Span<float> destination)
    {
        var entry = Find(name);
        RequireType(entry, TensorType.F32, TensorType.F64, TensorType.F16, TensorType.BF16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, entry.Count - destination.Length);
        var raw = new byte[RawBytes(entry)];
        for (var done = 0; done < destination.Length; done += ChunkElements)
        {
            var part = destination[done..Math.Min(destination.Length, done + ChunkElements)];
            var bytes = entry.Type == TensorType.F32 ? MemoryMarshal.AsBytes(part) : raw.AsSpan(0, part.Length * entry.Type.BytesOf());
            FillFrom(entry, bytes, start + done);
            switch (entry.Type)
            {
                case TensorType.F64:
                    TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(bytes), part);
                    break;
                case TensorType.F16:
                    TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), part);
                    break;
                case TensorType.BF16:
                    WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), part);
                    break;
            }
        }
    }

    /// <summary>Reads a whole tensor of type I64 or I32.</summary>
    /// <exception cref="DataException">No such tensor, another type, another length, or the file cannot be read.</exception>
    public void ReadInt64(string name, Span<long> destination)
    {
        var entry = Find(name);
        RequireType(entry, TensorType.I64, TensorType.I32);
        RequireLength(entry, destination.Length);
        var raw = new byte[RawBytes(entry)];
        for (var done = 0; done < destination.Length; done += ChunkElements)
        {
            var part = destination[done..Math.Min(destination.Length, done + ChunkElements)];
            var bytes = raw.AsSpan(0, part.Length * entry.Type.BytesOf());
            FillFrom(entry, bytes, done);
            if (entry.Type == TensorType.I64)
            {
                MemoryMarshal.Cast<byte, long>(bytes).CopyTo(part);
            }
            else
            {
                TensorPrimitives.ConvertTruncating<int, long>(MemoryMarshal.Cast<byte, int>(bytes), part);
            }
        }
    }

    public void Dispose() => file.Dispose();

    // A bfloat16 is the upper half of a float.
    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = MemoryMarshal.Cast<float, uint>(destination);
        for (var i = 0; i < source.Length; i++)
        {
            bits[i] = (uint)source[i] << 16;
        }
    }

    private static long RawBytes(TensorEntry entry) =>
        entry.Type == TensorType.F32 ? 0 : Math.Min(entry.Count, ChunkElements) * entry.Type.BytesOf();

    private void RequireType(TensorEntry entry, params ReadOnlySpan<TensorType> accepted)
    {
        if (accepted.Contains(entry.Type))
        {
            return;
        }
        var names = string.Join(", ", accepted.ToArray().Select(TensorTypes.NameOf));
        throw new DataException($"tensor {Quote.Name(entry.Name)} of '{path}' has dtype {entry.Type.NameOf()}, expected one of {names}; convert it and save the file again");
    }

    private void RequireLength(TensorEntry entry, int expected)
    {
        if (entry.Count != expected)
        {
            throw new DataException($"tensor {entry} of '{path}' has {entry.Count} elements, expected {expected}; use a file of the same architecture");
        }
    }

    private void FillFrom(TensorEntry entry, Span<byte> bytes, long firstElement)
    {
        try
        {
            Fill(bytes, dataStart + entry.Begin + firstElement * entry.Type.BytesOf());
        }
        catch (Exception error) when (DiskFault.Is(error) || error is FormatException)
        {
            throw new DataException($"cannot read tensor {Quote.Name(entry.Name)} of '{path}': {DiskFault.Reason(error)}; use an intact file", error);
        }
    }

    private void Fill(Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(file, bytes, offset);
            if (read == 0)
            {
                throw new FormatException($"it ends at byte {offset}, expected {bytes.Length} more: it became shorter while it was read");
            }
            bytes = bytes[read..];
            offset += read;
        }
    }
}
