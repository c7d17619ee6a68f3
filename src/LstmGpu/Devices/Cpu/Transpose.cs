using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LstmGpu.Devices.Cpu;

/// <summary>Transposes a matrix; 8 × 8 blocks in registers where AVX is present.</summary>
internal static unsafe class Transpose
{
    /// <param name="from">[rows, columns], <paramref name="fromWidth"/> elements from row to row.</param>
    /// <param name="to">[columns, rows], <paramref name="toWidth"/> elements from row to row.</param>
    public static void Run(float* from, long fromWidth, int rows, int columns, float* to, long toWidth)
    {
        int fullRows = Avx.IsSupported ? rows & ~7 : 0;
        int fullColumns = Avx.IsSupported ? columns & ~7 : 0;
        for (int r = 0; r < fullRows; r += 8)
        {
            for (int c = 0; c < fullColumns; c += 8)
            {
                Block(from + r * fromWidth + c, fromWidth, to + c * toWidth + r, toWidth);
            }
        }
        Scalar(from, fromWidth, 0, fullRows, fullColumns, columns, to, toWidth);
        Scalar(from, fromWidth, fullRows, rows, 0, columns, to, toWidth);
    }

    private static void Scalar(float* from, long fromWidth, int rowBegin, int rowEnd, int columnBegin, int columnEnd, float* to, long toWidth)
    {
        for (int r = rowBegin; r < rowEnd; r++)
        {
            for (int c = columnBegin; c < columnEnd; c++)
            {
                to[c * toWidth + r] = from[r * fromWidth + c];
            }
        }
    }

    private static void Block(float* from, long fromWidth, float* to, long toWidth)
    {
        Vector256<float> r0 = Vector256.Load(from), r1 = Vector256.Load(from + fromWidth);
        Vector256<float> r2 = Vector256.Load(from + 2 * fromWidth), r3 = Vector256.Load(from + 3 * fromWidth);
        Vector256<float> r4 = Vector256.Load(from + 4 * fromWidth), r5 = Vector256.Load(from + 5 * fromWidth);
        Vector256<float> r6 = Vector256.Load(from + 6 * fromWidth), r7 = Vector256.Load(from + 7 * fromWidth);
        // Pairs, then quadruples within 128-bit halves, then the halves change places.
        Vector256<float> a0 = Avx.UnpackLow(r0, r1), a1 = Avx.UnpackHigh(r0, r1), a2 = Avx.UnpackLow(r2, r3), a3 = Avx.UnpackHigh(r2, r3);
        Vector256<float> a4 = Avx.UnpackLow(r4, r5), a5 = Avx.UnpackHigh(r4, r5), a6 = Avx.UnpackLow(r6, r7), a7 = Avx.UnpackHigh(r6, r7);
        Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
        Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
        Avx.Permute2x128(b0, b4, 0x20).Store(to);
        Avx.Permute2x128(b1, b5, 0x20).Store(to + toWidth);
        Avx.Permute2x128(b2, b6, 0x20).Store(to + 2 * toWidth);
        Avx.Permute2x128(b3, b7, 0x20).Store(to + 3 * toWidth);
        Avx.Permute2x128(b0, b4, 0x31).Store(to + 4 * toWidth);
        Avx.Permute2x128(b1, b5, 0x31).Store(to + 5 * toWidth);
        Avx.Permute2x128(b2, b6, 0x31).Store(to + 6 * toWidth);
        Avx.Permute2x128(b3, b7, 0x31).Store(to + 7 * toWidth);
    }
}
