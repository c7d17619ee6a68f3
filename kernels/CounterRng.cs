namespace LstmGpu.Kernels;

/// <summary>
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): random numbers that are a pure
/// function of (key, counter), so that any device draws element n of a mask without having drawn the n − 1 before it.
/// </summary>
internal static class CounterRng
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Four independent 32-bit words for one 128-bit counter under a 64-bit key.</summary>
    public static void Draw(uint key0, uint key1, ref uint x0, ref uint x1, ref uint x2, ref uint x3)
    {
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x0;
            ulong product1 = (ulong)Multiplier1 * x2;
            uint next0 = (uint)(product1 >> 32) ^ x1 ^ key0;
            uint next2 = (uint)(product0 >> 32) ^ x3 ^ key1;
            x1 = (uint)product1;
            x3 = (uint)product0;
            x0 = next0;
            x2 = next2;
            key0 += Weyl0;
            key1 += Weyl1;
        }
    }

    /// <summary>A word as a float in [0, 1) with 24 random bits: every value is exact, 1 never occurs.</summary>
    public static float ToUnit(uint word) => (word >> 8) * (1f / 16777216f);
}
