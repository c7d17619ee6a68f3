using LstmGpu.Kernels;

namespace LstmGpu.Data;

/// <summary>Random orders that are a pure function of (seed, epoch, purpose): Fisher and Yates with Philox draws.</summary>
internal static class Permutation
{
    private const uint Site = 0x5348_0000; // beyond the sites of dropout masks

    /// <summary>0…count−1 in random order.</summary>
    /// <param name="purpose">Keeps two orders of one epoch apart.</param>
    public static int[] Of(int count, long seed, long epoch, uint purpose)
    {
        int[] order = new int[count];
        for (int n = 0; n < count; n++)
        {
            int place = Below(n + 1, seed, epoch, purpose, (uint)n);
            order[n] = order[place];
            order[place] = n;
        }

        return order;
    }

    // 64 bits scaled to [0, count): off from even by less than count/2⁶⁴.
    private static int Below(int count, long seed, long epoch, uint purpose, uint draw)
    {
        uint x0 = draw;
        uint x1 = (uint)epoch;
        uint x2 = (uint)(epoch >> 32);
        uint x3 = Site | purpose;
        CounterRng.Draw((uint)seed, (uint)(seed >> 32), ref x0, ref x1, ref x2, ref x3);
        return (int)Math.BigMul(((ulong)x1 << 32) | x0, (ulong)count, out _);
    }
}
