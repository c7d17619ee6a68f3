using System.Buffers;
using System.Text.Json;

namespace LstmGpu.Formats;

/// <summary>
/// An append-only file of one JSON object per line. A line reaches the operating system in one write when it ends; nothing is allocated
/// after the first lines. Numbers are written shortest-round-trip and culture-invariant; NaN and infinity, which JSON lacks, as null.
/// </summary>
internal sealed class JsonLinesFile : IDisposable
{
    private readonly ArrayBufferWriter<byte> line = new(512);
    private readonly Utf8JsonWriter json;
    private readonly FileStream stream;
    private readonly string path;

    /// <exception cref="DataException">The file cannot be opened.</exception>
    public JsonLinesFile(string path)
    {
        this.path = path;
        json = new(line, new JsonWriterOptions { SkipValidation = true });
        try
        {
            stream = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(path, error);
        }
    }

    /// <summary>Begins a line with its step; the caller adds fields to the writer and calls <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin(long step)
    {
        line.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        json.WriteNumber("step"u8, step);
        return json;
    }

    /// <exception cref="DataException">The line cannot be written: full disk.</exception>
    public void End()
    {
        json.WriteEndObject();
        json.Flush();
        line.GetSpan(1)[0] = (byte)'\n';
        line.Advance(1);
        try
        {
            stream.Write(line.WrittenSpan);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(path, error);
        }
    }

    /// <summary>Brings all lines to the disk: called before a checkpoint, so that a resumed run finds the lines up to its step.</summary>
    /// <exception cref="DataException">The file cannot be flushed.</exception>
    public void Sync()
    {
        try
        {
            stream.Flush(flushToDisk: true);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(path, error);
        }
    }

    public void Dispose()
    {
        json.Dispose();
        stream.Dispose();
    }

    /// <summary>Bytes written so far, in this process and before.</summary>
    public long Length => stream.Length;

    /// <summary>Cuts the file to the length it had when a checkpoint was written. A missing file stays missing.</summary>
    /// <exception cref="DataException">The file is shorter than that, or the file system refused.</exception>
    public static void CutTo(string path, long length)
    {
        try
        {
            if (File.Exists(path))
            {
                using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.Read);
                if (file.Length < length)
                {
                    throw new DataException($"'{path}' has {file.Length} bytes, the checkpoint was written with {length}; restore it, or delete it to go on without the earlier rows");
                }
                file.SetLength(length);
                file.Flush(flushToDisk: true);
            }
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Writing(path, error);
        }
    }

    /// <summary>
    /// Keeps the lines whose step is at most <paramref name="step"/>, atomically; a malformed last line, torn by a crash, goes. A missing file
    /// stays missing. To be called while no writer is open.
    /// </summary>
    /// <exception cref="DataException">A line before the last is malformed, or the file cannot be read or written.</exception>
    public static void Truncate(string path, long step)
    {
        if (!File.Exists(path))
        {
            return;
        }
        byte[] all;
        try
        {
            all = File.ReadAllBytes(path);
        }
        catch (Exception error) when (DiskFault.Is(error))
        {
            throw DiskFault.Reading(path, error);
        }
        var kept = new ArrayBufferWriter<byte>(all.Length + 1);
        var number = 1;
        for (ReadOnlySpan<byte> rest = all; !rest.IsEmpty; number++)
        {
            var length = rest.IndexOf((byte)'\n');
            var text = length < 0 ? rest : rest[..length];
            rest = length < 0 ? [] : rest[(length + 1)..];
            if (StepOf(text) is { } found)
            {
                if (found <= step)
                {
                    kept.Write(text);
                    kept.Write("\n"u8);
                }
            }
            else if (!rest.IsEmpty)
            {
                throw new DataException($"line {number} of '{path}' is not a JSON object with an integer \"step\", as every line must be; mend or delete that line");
            }
        }
        if (!kept.WrittenSpan.SequenceEqual(all))
        {
            DurableFile.WriteAllBytes(path, kept.WrittenMemory);
        }
    }

    private static long? StepOf(ReadOnlySpan<byte> line)
    {
        try
        {
            long? step = null;
            var reader = new Utf8JsonReader(line);
            for (var first = true; reader.Read(); first = false)
            {
                if (first && reader.TokenType != JsonTokenType.StartObject)
                {
                    return null;
                }
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("step"u8))
                {
                    step = reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : null;
                }
            }
            return step;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
