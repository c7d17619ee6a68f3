using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>A size that the JIT sees as a constant: branches on it cost nothing and unused accumulators do not exist.</summary>
internal interface ISize
{
    static abstract int Value { get; }
}

internal readonly struct Size1 : ISize
{
    public static int Value => 1;
}

internal readonly struct Size2 : ISize
{
    public static int Value => 2;
}

internal readonly struct Size3 : ISize
{
    public static int Value => 3;
}

internal readonly struct Size4 : ISize
{
    public static int Value => 4;
}

internal readonly struct Size5 : ISize
{
    public static int Value => 5;
}

internal readonly struct Size6 : ISize
{
    public static int Value => 6;
}

/// <summary>
/// Every product of the device ends here: C[rows, vecs·lanes] = init + A[rows,K]·B[K, vecs·lanes], all accumulators in registers.
/// An element is one chain of fused multiply-adds over ascending k that starts at its init; a product cut into several calls
/// along k continues the chain. So its bits do not depend on tiles, threads or vector width.
/// </summary>
internal static unsafe class MicroKernel<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>Vectors of a full panel: with 512 bits, 6 × 4 accumulators, 4 weights and a broadcast fill 29 of 32 registers.</summary>
    public const int PanelVectors = 4;

    /// <summary>Columns of a full panel.</summary>
    public static int PanelWidth => PanelVectors * S.Count;

    /// <summary>Picks the tile of this size.</summary>
    /// <param name="rows">1 … <see cref="ISimd{V}.TileRows"/>.</param>
    /// <param name="vecs">1 … <see cref="PanelVectors"/>; also the width of the panel B points into.</param>
    /// <param name="a">A[r,k] at a + r·aRow + k·aStep.</param>
    /// <param name="b">B[k,·] contiguous, vecs vectors a step.</param>
    /// <param name="depth">K; 0 copies init to C.</param>
    /// <param name="init">Start of the chain at init + r·initRow + v·initVec, or null for zero.</param>
    /// <param name="c">C at c + r·cRow + v·cVec, whole vectors.</param>
    public static void Run(
        int rows, int vecs, float* a, nint aRow, nint aStep, float* b, int depth, float* init, nint initRow, nint initVec, float* c, nint cRow, nint cVec)
    {
        switch (rows)
        {
            case 1: Run<Size1>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 2: Run<Size2>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 3: Run<Size3>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 4: Run<Size4>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 5: Run<Size5>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            default: Run<Size6>(vecs, a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
        }
    }

    private static void Run<R>(
        int vecs, float* a, nint aRow, nint aStep, float* b, int depth, float* init, nint initRow, nint initVec, float* c, nint cRow, nint cVec)
        where R : struct, ISize
    {
        switch (vecs)
        {
            case 1: Tile<R, Size1>(a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 2: Tile<R, Size2>(a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            case 3: Tile<R, Size3>(a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
            default: Tile<R, Size4>(a, aRow, aStep, b, depth, init, initRow, initVec, c, cRow, cVec); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<R, N>(
        float* a, nint aRow, nint aStep, float* b, int depth, float* init, nint initRow, nint initVec, float* c, nint cRow, nint cVec)
        where R : struct, ISize where N : struct, ISize
    {
        V c00 = S.Broadcast(0f), c01 = S.Broadcast(0f), c02 = S.Broadcast(0f), c03 = S.Broadcast(0f);
        V c10 = S.Broadcast(0f), c11 = S.Broadcast(0f), c12 = S.Broadcast(0f), c13 = S.Broadcast(0f);
        V c20 = S.Broadcast(0f), c21 = S.Broadcast(0f), c22 = S.Broadcast(0f), c23 = S.Broadcast(0f);
        V c30 = S.Broadcast(0f), c31 = S.Broadcast(0f), c32 = S.Broadcast(0f), c33 = S.Broadcast(0f);
        V c40 = S.Broadcast(0f), c41 = S.Broadcast(0f), c42 = S.Broadcast(0f), c43 = S.Broadcast(0f);
        V c50 = S.Broadcast(0f), c51 = S.Broadcast(0f), c52 = S.Broadcast(0f), c53 = S.Broadcast(0f);
        if (init != null)
        {
            c00 = S.Load(init);
            c01 = N.Value > 1 ? S.Load(init + initVec) : c01;
            c02 = N.Value > 2 ? S.Load(init + 2 * initVec) : c02;
            c03 = N.Value > 3 ? S.Load(init + 3 * initVec) : c03;
            if (R.Value > 1)
            {
                c10 = S.Load(init + initRow);
                c11 = N.Value > 1 ? S.Load(init + initRow + initVec) : c11;
                c12 = N.Value > 2 ? S.Load(init + initRow + 2 * initVec) : c12;
                c13 = N.Value > 3 ? S.Load(init + initRow + 3 * initVec) : c13;
            }
            if (R.Value > 2)
            {
                c20 = S.Load(init + 2 * initRow);
                c21 = N.Value > 1 ? S.Load(init + 2 * initRow + initVec) : c21;
                c22 = N.Value > 2 ? S.Load(init + 2 * initRow + 2 * initVec) : c22;
                c23 = N.Value > 3 ? S.Load(init + 2 * initRow + 3 * initVec) : c23;
            }
            if (R.Value > 3)
            {
                c30 = S.Load(init + 3 * initRow);
                c31 = N.Value > 1 ? S.Load(init + 3 * initRow + initVec) : c31;
                c32 = N.Value > 2 ? S.Load(init + 3 * initRow + 2 * initVec) : c32;
                c33 = N.Value > 3 ? S.Load(init + 3 * initRow + 3 * initVec) : c33;
            }
            if (R.Value > 4)
            {
                c40 = S.Load(init + 4 * initRow);
                c41 = N.Value > 1 ? S.Load(init + 4 * initRow + initVec) : c41;
                c42 = N.Value > 2 ? S.Load(init + 4 * initRow + 2 * initVec) : c42;
                c43 = N.Value > 3 ? S.Load(init + 4 * initRow + 3 * initVec) : c43;
            }
            if (R.Value > 5)
            {
                c50 = S.Load(init + 5 * initRow);
                c51 = N.Value > 1 ? S.Load(init + 5 * initRow + initVec) : c51;
                c52 = N.Value > 2 ? S.Load(init + 5 * initRow + 2 * initVec) : c52;
                c53 = N.Value > 3 ? S.Load(init + 5 * initRow + 3 * initVec) : c53;
            }
        }
        // Rows 0, 1, 2 from one pointer and 3, 4, 5 from a second: every address is base + index·scale.
        float* a3 = a + 3 * aRow;
        nint aRow2 = 2 * aRow;
        for (; depth > 0; depth--)
        {
            V b0 = S.Load(b);
            V b1 = N.Value > 1 ? S.Load(b + S.Count) : b0;
            V b2 = N.Value > 2 ? S.Load(b + 2 * S.Count) : b0;
            V b3 = N.Value > 3 ? S.Load(b + 3 * S.Count) : b0;
            V x0 = S.Broadcast(*a);
            c00 = S.Fma(x0, b0, c00);
            c01 = N.Value > 1 ? S.Fma(x0, b1, c01) : c01;
            c02 = N.Value > 2 ? S.Fma(x0, b2, c02) : c02;
            c03 = N.Value > 3 ? S.Fma(x0, b3, c03) : c03;
            if (R.Value > 1)
            {
                V x1 = S.Broadcast(a[aRow]);
                c10 = S.Fma(x1, b0, c10);
                c11 = N.Value > 1 ? S.Fma(x1, b1, c11) : c11;
                c12 = N.Value > 2 ? S.Fma(x1, b2, c12) : c12;
                c13 = N.Value > 3 ? S.Fma(x1, b3, c13) : c13;
            }
            if (R.Value > 2)
            {
                V x2 = S.Broadcast(a[aRow2]);
                c20 = S.Fma(x2, b0, c20);
                c21 = N.Value > 1 ? S.Fma(x2, b1, c21) : c21;
                c22 = N.Value > 2 ? S.Fma(x2, b2, c22) : c22;
                c23 = N.Value > 3 ? S.Fma(x2, b3, c23) : c23;
            }
            if (R.Value > 3)
            {
                V x3 = S.Broadcast(*a3);
                c30 = S.Fma(x3, b0, c30);
                c31 = N.Value > 1 ? S.Fma(x3, b1, c31) : c31;
                c32 = N.Value > 2 ? S.Fma(x3, b2, c32) : c32;
                c33 = N.Value > 3 ? S.Fma(x3, b3, c33) : c33;
            }
            if (R.Value > 4)
            {
                V x4 = S.Broadcast(a3[aRow]);
                c40 = S.Fma(x4, b0, c40);
                c41 = N.Value > 1 ? S.Fma(x4, b1, c41) : c41;
                c42 = N.Value > 2 ? S.Fma(x4, b2, c42) : c42;
                c43 = N.Value > 3 ? S.Fma(x4, b3, c43) : c43;
            }
            if (R.Value > 5)
            {
                V x5 = S.Broadcast(a3[aRow2]);
                c50 = S.Fma(x5, b0, c50);
                c51 = N.Value > 1 ? S.Fma(x5, b1, c51) : c51;
                c52 = N.Value > 2 ? S.Fma(x5, b2, c52) : c52;
                c53 = N.Value > 3 ? S.Fma(x5, b3, c53) : c53;
            }
            a += aStep;
            a3 += aStep;
            b += N.Value * S.Count;
        }
        S.Store(c00, c);
        if (N.Value > 1)
        {
            S.Store(c01, c + cVec);
        }
        if (N.Value > 2)
        {
            S.Store(c02, c + 2 * cVec);
        }
        if (N.Value > 3)
        {
            S.Store(c03, c + 3 * cVec);
        }
        if (R.Value > 1)
        {
            S.Store(c10, c + cRow);
            if (N.Value > 1)
            {
                S.Store(c11, c + cRow + cVec);
            }
            if (N.Value > 2)
            {
                S.Store(c12, c + cRow + 2 * cVec);
            }
            if (N.Value > 3)
            {
                S.Store(c13, c + cRow + 3 * cVec);
            }
        }
        if (R.Value > 2)
        {
            S.Store(c20, c + 2 * cRow);
            if (N.Value > 1)
            {
                S.Store(c21, c + 2 * cRow + cVec);
            }
            if (N.Value > 2)
            {
                S.Store(c22, c + 2 * cRow + 2 * cVec);
            }
            if (N.Value > 3)
            {
                S.Store(c23, c + 2 * cRow + 3 * cVec);
            }
        }
        if (R.Value > 3)
        {
            S.Store(c30, c + 3 * cRow);
            if (N.Value > 1)
            {
                S.Store(c31, c + 3 * cRow + cVec);
            }
            if (N.Value > 2)
            {
                S.Store(c32, c + 3 * cRow + 2 * cVec);
            }
            if (N.Value > 3)
            {
                S.Store(c33, c + 3 * cRow + 3 * cVec);
            }
        }
        if (R.Value > 4)
        {
            S.Store(c40, c + 4 * cRow);
            if (N.Value > 1)
            {
                S.Store(c41, c + 4 * cRow + cVec);
            }
            if (N.Value > 2)
            {
                S.Store(c42, c + 4 * cRow + 2 * cVec);
            }
            if (N.Value > 3)
            {
                S.Store(c43, c + 4 * cRow + 3 * cVec);
            }
        }
        if (R.Value > 5)
        {
            S.Store(c50, c + 5 * cRow);
            if (N.Value > 1)
            {
                S.Store(c51, c + 5 * cRow + cVec);
            }
            if (N.Value > 2)
            {
                S.Store(c52, c + 5 * cRow + 2 * cVec);
            }
            if (N.Value > 3)
            {
                S.Store(c53, c + 5 * cRow + 3 * cVec);
            }
        }
    }
}
