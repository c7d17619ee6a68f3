namespace LstmGpu.Memory;

/// <summary>A named range of an arena, known before the arena exists.</summary>
internal sealed record ArenaEntry(string Name, IReadOnlyList<long> Shape, long Offset, long Count);

/// <summary>The plan of one arena: entries side by side, each on a cache-line border. The gaps stay zero and change no norm and no update.</summary>
internal sealed class ArenaLayout(string name)
{
    private const long Alignment = 16;
    private readonly List<ArenaEntry> entries = [];

    public string Name { get; } = name;

    public IReadOnlyList<ArenaEntry> Entries => entries;

    /// <summary>Floats of the whole arena.</summary>
    public long Length { get; private set; }

    public long Bytes => Length * sizeof(float);

    /// <exception cref="ConfigurationException">The sizes do not fit a 63-bit count.</exception>
    public ArenaEntry Add(string entryName, params long[] shape)
    {
        try
        {
            checked
            {
                long count = 1;
                foreach (long size in shape)
                {
                    count *= size;
                }
                var entry = new ArenaEntry(entryName, shape, Length, count);
                long end = (Length + count + Alignment - 1) / Alignment * Alignment;
                _ = end * sizeof(float);
                Length = end;
                entries.Add(entry);
                return entry;
            }
        }
        catch (OverflowException e)
        {
            throw new ConfigurationException($"'{entryName}' of shape [{string.Join(", ", shape)}] is too large to address; use smaller sizes", e);
        }
    }
}
