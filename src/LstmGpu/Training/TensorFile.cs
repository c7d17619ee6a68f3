using LstmGpu.Devices;
using LstmGpu.Formats;
using LstmGpu.Memory;

namespace LstmGpu.Training;

/// <summary>Moves the entries of arenas to and from safetensors files.</summary>
internal static class TensorFile
{
    /// <summary>Entries of an arena as tensors to write, names with a prefix.</summary>
    public static IEnumerable<TensorToWrite> Read(IBackend backend, Arena arena, string prefix = "")
    {
        foreach (ArenaEntry entry in arena.Layout.Entries)
        {
            yield return new TensorToWrite(prefix + entry.Name, entry.Shape, Download(backend, arena[entry]));
        }
    }

    public static float[] Download(IBackend backend, DeviceSlice<float> slice)
    {
        float[] values = new float[slice.Length];
        backend.Download(slice, values);
        return values;
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
        float[] values = new float[destination.Length];
        file.Read(name, values);
        backend.Upload<float>(values, destination);
    }

    /// <summary>Checks, before anything is allocated or written, that <see cref="Load(SafetensorsReader, string, IBackend, Arena, string)"/> will find what it needs.</summary>
    /// <exception cref="DataException">A tensor is missing or has another shape.</exception>
    public static void RequireFit(SafetensorsReader file, string path, ArenaLayout layout)
    {
        foreach (ArenaEntry entry in layout.Entries)
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
