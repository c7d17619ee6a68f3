using System.Numerics.Tensors;
using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>Moves the entries of arenas to and from safetensors files.</summary>
internal static class TensorFile
{
    private const int PartElements = 1 << 18;

    /// <summary>Entries of an arena as tensors to write, names with a prefix.</summary>
    public static IEnumerable<TensorToWrite> Read(IBackend backend, Arena arena, string prefix = "")
    {
        foreach (ArenaEntry entry in arena.Layout.Entries)
        {
            yield return Read(backend, arena[entry], prefix + entry.Name, entry.Shape);
        }
    }

    /// <summary>A slice as a tensor to write; it is downloaded when and as it is written.</summary>
    public static TensorToWrite Read(IBackend backend, DeviceSlice<float> slice, string name, IReadOnlyList<long> shape) =>
        new(name, shape, slice.Length, (start, part) => backend.Download(slice.Slice(start, part.Length), part));

    /// <summary>A slice piece by piece, in one buffer: a piece is valid until the next is asked for.</summary>
    public static IEnumerable<ReadOnlyMemory<float>> Parts(IBackend backend, DeviceSlice<float> slice)
    {
        float[] part = new float[Math.Min(PartElements, slice.Length)];
        for (long start = 0; start < slice.Length; start += part.Length)
        {
            int count = (int)Math.Min(part.Length, slice.Length - start);
            backend.Download(slice.Slice(start, count), part.AsSpan(0, count));
            yield return part.AsMemory(0, count);
        }
    }

    public static bool IsFinite(IBackend backend, DeviceSlice<float> slice) => Parts(backend, slice).All(part => TensorPrimitives.IsFiniteAll(part.Span));

    /// <summary>Loads all parameters of a model, frozen or not; other tensors of the file are left alone.</summary>
    /// <exception cref="DataException">A tensor is missing or has another shape.</exception>
    public static void Load(SafetensorsReader file, string path, IBackend backend, ModelMemory memory)
    {
        foreach (Arena arena in memory.Stored)
        {
            Load(file, path, backend, arena);
        }
    }

    /// <summary>Loads every entry of an arena; other tensors of the file are left alone.</summary>
    /// <exception cref="DataException">A tensor is missing or has another shape.</exception>
    public static void Load(SafetensorsReader file, string path, IBackend backend, Arena arena, string prefix = "")
    {
        foreach (ArenaEntry entry in arena.Layout.Entries)
        {
            Load(file, path, backend, arena[entry], prefix + entry.Name, entry.Shape);
        }
    }

    /// <exception cref="DataException">The tensor is missing or has another shape.</exception>
    public static void Load(SafetensorsReader file, string path, IBackend backend, DeviceSlice<float> destination, string name, IReadOnlyList<long> shape)
    {
        RequireShape(file, path, name, shape);
        float[] part = new float[Math.Min(PartElements, destination.Length)];
        for (long start = 0; start < destination.Length; start += part.Length)
        {
            Span<float> values = part.AsSpan(0, (int)Math.Min(part.Length, destination.Length - start));
            file.Read(name, start, values);
            backend.Upload<float>(values, destination.Slice(start, values.Length));
        }
    }

    /// <summary>Checks, before anything is allocated or written, that <see cref="Load(SafetensorsReader, string, IBackend, ModelMemory)"/> will find what it needs.</summary>
    /// <exception cref="DataException">A tensor is missing or has another shape.</exception>
    public static void RequireFit(SafetensorsReader file, string path, ModelMemory memory)
    {
        foreach (ArenaEntry entry in memory.StoredEntries)
        {
            RequireShape(file, path, entry.Name, entry.Shape);
        }
    }

    private static void RequireShape(SafetensorsReader file, string path, string name, IReadOnlyList<long> shape)
    {
        TensorEntry found = file.Find(name);
        if (!found.Shape.SequenceEqual(shape))
        {
            throw new DataException(
                $"tensor '{name}' of '{path}' has shape [{string.Join(", ", found.Shape)}], the configuration asks for [{string.Join(", ", shape)}]; "
                + "use the sizes that the file was made with (--embedding, --hidden, --layers, --vocabulary)");
        }
    }
}
