using System.Runtime.CompilerServices;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>The pointwise half of a step, on the sums that the register tile has just left in L1.</summary>
internal static unsafe class LstmCell<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>i,f,o = σ(sums), g = tanh(sums), c = f∘c' + i∘g, h = o∘tanh(c) for one vector of units.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="valid">Units of the vector that exist.</param>
    /// <param name="hidden">H: from one gate to the next, and from row to row of a state.</param>
    /// <param name="sums">[rows][i f g o][lanes].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, int valid, int hidden, float* sums, float* cPrev, float* gates, float* c, float* h)
    {
        for (int r = 0; r < rows; r++)
        {
            V i = VectorMath<S, V>.Sigmoid(S.Load(sums + Gate.Input * S.Count));
            V f = VectorMath<S, V>.Sigmoid(S.Load(sums + Gate.Forget * S.Count));
            V g = VectorMath<S, V>.Tanh(S.Load(sums + Gate.Cell * S.Count));
            V o = VectorMath<S, V>.Sigmoid(S.Load(sums + Gate.Output * S.Count));
            V cell = S.Fma(f, S.Load(cPrev), S.Multiply(i, g));
            V output = S.Multiply(o, VectorMath<S, V>.Tanh(cell));
            if (valid == S.Count)
            {
                S.Store(i, gates + Gate.Input * hidden);
                S.Store(f, gates + Gate.Forget * hidden);
                S.Store(g, gates + Gate.Cell * hidden);
                S.Store(o, gates + Gate.Output * hidden);
                S.Store(cell, c);
                S.Store(output, h);
            }
            else
            {
                Lanes<S, V>.StorePart(i, gates + Gate.Input * hidden, valid);
                Lanes<S, V>.StorePart(f, gates + Gate.Forget * hidden, valid);
                Lanes<S, V>.StorePart(g, gates + Gate.Cell * hidden, valid);
                Lanes<S, V>.StorePart(o, gates + Gate.Output * hidden, valid);
                Lanes<S, V>.StorePart(cell, c, valid);
                Lanes<S, V>.StorePart(output, h, valid);
            }
            sums += Gate.Count * S.Count;
            gates += Gate.Count * hidden;
            cPrev += hidden;
            c += hidden;
            h += hidden;
        }
    }

    /// <summary>
    /// dh = sums (+ dLast), dc += dh∘o∘(1−tanh²c), then di = dc∘g∘i∘(1−i), df = dc∘c'∘f∘(1−f), dg = dc∘i∘(1−g²), do = dh∘tanh c∘o∘(1−o)
    /// over the gates themselves, and dc ← dc∘f for the step before.
    /// </summary>
    /// <param name="valid">Units of the panel that exist.</param>
    /// <param name="width">From row to row of the sums.</param>
    /// <param name="dLast">Gradient of the last state, at the last step; null elsewhere.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(int rows, int valid, int width, int hidden, float* sums, float* dLast, float* cPrev, float* c, float* dc, float* gates)
    {
        V one = S.Broadcast(1f);
        for (int r = 0; r < rows; r++)
        {
            for (int n = 0; n < valid; n += S.Count)
            {
                float* at = gates + n;
                V i = S.Load(at + Gate.Input * hidden);
                V f = S.Load(at + Gate.Forget * hidden);
                V g = S.Load(at + Gate.Cell * hidden);
                V o = S.Load(at + Gate.Output * hidden);
                V dh = S.Load(sums + n);
                if (dLast != null)
                {
                    dh = S.Add(dh, S.Load(dLast + n));
                }
                V tanhC = VectorMath<S, V>.Tanh(S.Load(c + n));
                V dCell = S.Fma(S.Multiply(dh, o), S.Subtract(one, S.Multiply(tanhC, tanhC)), S.Load(dc + n));
                V di = S.Multiply(S.Multiply(dCell, g), S.Multiply(i, S.Subtract(one, i)));
                V df = S.Multiply(S.Multiply(dCell, S.Load(cPrev + n)), S.Multiply(f, S.Subtract(one, f)));
                V dg = S.Multiply(S.Multiply(dCell, i), S.Subtract(one, S.Multiply(g, g)));
                V d0 = S.Multiply(S.Multiply(dh, tanhC), S.Multiply(o, S.Subtract(one, o)));
                V dcPrev = S.Multiply(dCell, f);
                int left = valid - n;
                if (left >= S.Count)
                {
                    S.Store(di, at + Gate.Input * hidden);
                    S.Store(df, at + Gate.Forget * hidden);
                    S.Store(dg, at + Gate.Cell * hidden);
                    S.Store(d0, at + Gate.Output * hidden);
                    S.Store(dcPrev, dc + n);
                }
                else
                {
                    Lanes<S, V>.StorePart(di, at + Gate.Input * hidden, left);
                    Lanes<S, V>.StorePart(df, at + Gate.Forget * hidden, left);
                    Lanes<S, V>.StorePart(dg, at + Gate.Cell * hidden, left);
                    Lanes<S, V>.StorePart(d0, at + Gate.Output * hidden, left);
                    Lanes<S, V>.StorePart(dcPrev, dc + n, left);
                }
            }
            sums += width;
            gates += Gate.Count * hidden;
            cPrev += hidden;
            c += hidden;
            dc += hidden;
            dLast = dLast == null ? null : dLast + hidden;
        }
    }

    /// <summary>Copies the valid part of each row.</summary>
    public static void StoreRows(int rows, int valid, int width, float* from, float* to, int toWidth)
    {
        for (int r = 0; r < rows; r++)
        {
            new ReadOnlySpan<float>(from + r * width, valid).CopyTo(new Span<float>(to + (long)r * toWidth, valid));
        }
    }
}
