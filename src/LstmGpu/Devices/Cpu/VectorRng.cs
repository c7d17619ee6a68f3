using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LstmGpu.Devices.Cpu;

/// <summary>
/// Philox4x32-10 of <see cref="Kernels.CounterRng"/>, four blocks side by side, the same words. A counter's word lives in the low half of 64 bits:
/// the multiplication reads nothing else, so what gathers in the high halves needs no clearing.
/// </summary>
internal static class VectorRng
{
    /// <summary>Blocks of four words that one call draws.</summary>
    public const int Blocks = 4;

    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>The 16 words of four blocks in their order.</summary>
    public static (Vector256<uint> First, Vector256<uint> Second) Draw(DropoutKey key, long block)
    {
        // In this order of the lanes, interleaving at the end puts the blocks one behind the other.
        Vector256<ulong> x0 = Vector256.Create((ulong)block) + Vector256.Create(0ul, 2, 1, 3);
        Vector256<ulong> x1 = x0 >>> 32;
        Vector256<ulong> x2 = Vector256.Create(key.Step);
        Vector256<ulong> x3 = Vector256.Create(key.Site ^ (key.Step >> 32));
        uint key0 = (uint)key.Seed;
        uint key1 = (uint)(key.Seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            Vector256<ulong> product0 = Avx2.Multiply(x0.AsUInt32(), Vector256.Create(Multiplier0));
            Vector256<ulong> product1 = Avx2.Multiply(x2.AsUInt32(), Vector256.Create(Multiplier1));
            x0 = (product1 >>> 32) ^ x1 ^ Vector256.Create((ulong)key0);
            x2 = (product0 >>> 32) ^ x3 ^ Vector256.Create((ulong)key1);
            x1 = product1;
            x3 = product0;
            key0 += Weyl0;
            key1 += Weyl1;
        }
        Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> words01 = (x0 & low) | (x1 << 32);
        Vector256<ulong> words23 = (x2 & low) | (x3 << 32);
        return (Avx2.UnpackLow(words01, words23).AsUInt32(), Avx2.UnpackHigh(words01, words23).AsUInt32());
    }
}
