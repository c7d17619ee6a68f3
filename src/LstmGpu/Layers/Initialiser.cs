using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>
/// Draws starting values. An element's value depends on the seed, the tensor's name and its index only: adding a layer does not change the others.
/// </summary>
internal sealed class Initialiser(IBackend backend, long seed)
{
    // Keeps these draws apart from dropout masks of the same seed.
    private const uint Domain = 0x494E4954;
    private const int PartElements = 1 << 18;

    /// <summary>U(−bound, bound).</summary>
    public void Uniform(Arena arena, ArenaEntry entry, double bound) => Draw(arena, entry, (a, _) => ((2 * a) - 1) * bound);

    /// <summary>N(0, 1) by Box and Muller (1958).</summary>
    public void Normal(Arena arena, ArenaEntry entry) => Draw(arena, entry, (a, b) => Math.Sqrt(-2 * Math.Log(1 - a)) * Math.Cos(2 * Math.PI * b));

    private void Draw(Arena arena, ArenaEntry entry, Func<double, double, double> value)
    {
        uint name = Fnv1a(entry.Name);
        float[] part = new float[Math.Min(PartElements, entry.Count)];
        for (long start = 0; start < entry.Count; start += part.Length)
        {
            int count = (int)Math.Min(part.Length, entry.Count - start);
            for (int n = 0; n < count; n++)
            {
                uint x0 = (uint)(start + n), x1 = (uint)((start + n) >> 32), x2 = name, x3 = Domain;
                CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref x0, ref x1, ref x2, ref x3);
                part[n] = (float)value(CounterRng.ToUnit(x0), CounterRng.ToUnit(x1));
            }
            backend.Upload<float>(part.AsSpan(0, count), arena[entry].Slice(start, count));
        }
    }

    private static uint Fnv1a(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 16777619;
        }
        return hash;
    }
}
