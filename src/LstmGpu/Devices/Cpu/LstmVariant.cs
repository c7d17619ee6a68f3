using System.Runtime.CompilerServices;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>One row of a step of the LSTM with its options; <see cref="NormedLstm{S,V}"/> does what layer normalisation puts before and after.</summary>
internal static unsafe class LstmVariant<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>i,f,o = σ(a), g = tanh(a), c = f∘c' + i∘g, h = o∘tanh(c); with layer normalisation c goes to be normalised and h waits for that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in RecurrentCall call, int t, int row, int from, int to)
    {
        int hidden = call.Shape.H;
        long at = call.Row(t, row) * hidden;
        bool coupled = call.Options.Coupled;
        float* gates = call.Gates + at * Gate.Count;
        float* cPrev = call.Cell + at;
        float* c = cPrev + (long)call.Shape.B * hidden;
        float* mask = call.CandidateMask == null ? null : call.CandidateMask + at;
        float* kept = call.ZoneoutCell == null ? null : call.ZoneoutCell + at;
        float* peephole = call.Peephole;
        for (int n = from; n < to; n += S.Count)
        {
            int left = to - n;
            float* g0 = gates + n;
            V old = S.Load(cPrev + n);
            V ai = S.Load(g0 + Gate.Input * hidden);
            V af = S.Load(g0 + Gate.Forget * hidden);
            V ao = S.Load(g0 + Gate.Output * hidden);
            if (peephole != null)
            {
                ai = S.Fma(S.Load(peephole + n), old, ai);
                af = S.Fma(S.Load(peephole + hidden + n), old, af);
            }
            V i = VectorMath<S, V>.Sigmoid(ai);
            V f = coupled ? S.Subtract(S.Broadcast(1f), i) : VectorMath<S, V>.Sigmoid(af);
            V g = VectorMath<S, V>.Tanh(S.Load(g0 + Gate.Cell * hidden));
            Lanes<S, V>.Store(i, g0 + Gate.Input * hidden, left);
            Lanes<S, V>.Store(f, g0 + Gate.Forget * hidden, left);
            Lanes<S, V>.Store(g, g0 + Gate.Cell * hidden, left);
            V cell = Clip(call.Options.CellClip, NewCell(i, f, g, old, mask == null ? null : mask + n));
            if (peephole != null)
            {
                ao = S.Fma(S.Load(peephole + 2 * hidden + n), cell, ao);
            }
            V o = VectorMath<S, V>.Sigmoid(ao);
            Lanes<S, V>.Store(o, g0 + Gate.Output * hidden, left);
            Lanes<S, V>.Store(HiddenState<S, V>.Zoneout(cell, old, kept == null ? null : kept + n, call.Options.ZoneoutCell), c + n, left);
            if (call.CellNorm != null)
            {
                Lanes<S, V>.Store(cell, call.CellNorm + at + n, left);
            }
            else
            {
                Output(call, S.Multiply(o, VectorMath<S, V>.Tanh(cell)), t, row, n, left);
            }
        }
    }

    /// <summary>o∘tanh(·) becomes h, or waits for its projection.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(in RecurrentCall call, V u, int t, int row, int n, int left)
    {
        if (call.Unprojected != null)
        {
            Lanes<S, V>.Store(u, call.Unprojected + call.Row(t, row) * call.Shape.H + n, left);
        }
        else
        {
            HiddenState<S, V>.Store(call, u, t, row, n, left);
        }
    }

    /// <summary>Gradient of o∘tanh(·).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V DOutput(in RecurrentCall call, int t, int row, int n, int left)
    {
        if (call.Unprojected != null)
        {
            return S.Load(call.Workspace.DUnits + (long)row * call.Shape.H + n);
        }
        V du = HiddenState<S, V>.Gradient(call, t, row, n, out V toOld);
        Lanes<S, V>.Store(toOld, call.DStateH + (long)row * call.Shape.H + n, left);
        return du;
    }

    /// <summary>The gradients of the gates over the gates, and of c' over that of c.</summary>
    /// <param name="dNormed">With layer normalisation, the gradient of c by way of h; da_o stands in its gate then. Else null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in RecurrentCall call, int t, int row, int from, int to, float* dNormed)
    {
        int hidden = call.Shape.H;
        long at = call.Row(t, row) * hidden;
        V one = S.Broadcast(1f);
        float clip = call.Options.CellClip;
        float* gates = call.Gates + at * Gate.Count;
        float* cPrev = call.Cell + at;
        float* c = cPrev + (long)call.Shape.B * hidden;
        float* dc = call.DStateC + (long)row * hidden;
        float* mask = call.CandidateMask == null ? null : call.CandidateMask + at;
        float* kept = call.ZoneoutCell == null ? null : call.ZoneoutCell + at;
        float* peephole = call.Peephole;
        float* dPeephole = call.Workspace.Peephole + 3L * row * hidden;
        // The history holds the cell after clip and zoneout: what stood before them is computed again from the gates, to the same bits.
        bool isKept = clip == 0 && kept == null && call.Options.ZoneoutCell == 0;
        for (int n = from; n < to; n += S.Count)
        {
            int left = to - n;
            float* g0 = gates + n;
            V i = S.Load(g0 + Gate.Input * hidden);
            V f = S.Load(g0 + Gate.Forget * hidden);
            V g = S.Load(g0 + Gate.Cell * hidden);
            V o = S.Load(g0 + Gate.Output * hidden);
            V old = S.Load(cPrev + n);
            V raw = isKept ? S.Load(c + n) : NewCell(i, f, g, old, mask == null ? null : mask + n);
            V cell = Clip(clip, raw);
            V dao, dCell;
            if (dNormed == null)
            {
                V du = DOutput(call, t, row, n, left);
                V tanhC = VectorMath<S, V>.Tanh(cell);
                dCell = S.Multiply(S.Multiply(du, o), S.Subtract(one, S.Multiply(tanhC, tanhC)));
                dao = S.Multiply(S.Multiply(du, tanhC), S.Multiply(o, S.Subtract(one, o)));
                Lanes<S, V>.Store(dao, g0 + Gate.Output * hidden, left);
            }
            else
            {
                dCell = S.Load(dNormed + n);
                dao = o;
            }
            V fromState = HiddenState<S, V>.ZoneoutGradient(S.Load(dc + n), kept == null ? null : kept + n, call.Options.ZoneoutCell, out V dOld);
            dCell = S.Add(dCell, fromState);
            if (peephole != null)
            {
                dCell = S.Fma(dao, S.Load(peephole + 2 * hidden + n), dCell);
            }
            if (clip > 0)
            {
                dCell = S.WhereLess(S.Broadcast(clip), S.Abs(raw), S.Broadcast(0f), dCell);
            }
            V forgotten = S.Multiply(dCell, old);
            V dCandidate = S.Multiply(dCell, i);
            V candidate = g;
            if (mask != null)
            {
                dCandidate = S.Multiply(dCandidate, S.Load(mask + n));
                candidate = S.Multiply(g, S.Load(mask + n));
            }
            V di = S.Multiply(dCell, candidate);
            V dai, daf;
            if (call.Options.Coupled)
            {
                dai = S.Multiply(S.Subtract(di, forgotten), S.Multiply(i, S.Subtract(one, i)));
                daf = S.Broadcast(0f);
            }
            else
            {
                dai = S.Multiply(di, S.Multiply(i, S.Subtract(one, i)));
                daf = S.Multiply(forgotten, S.Multiply(f, S.Subtract(one, f)));
            }
            dOld = S.Fma(dCell, f, dOld);
            if (peephole != null)
            {
                dOld = S.Fma(dai, S.Load(peephole + n), dOld);
                dOld = S.Fma(daf, S.Load(peephole + hidden + n), dOld);
                Lanes<S, V>.Add(S.Multiply(dai, old), dPeephole + n, left);
                Lanes<S, V>.Add(S.Multiply(daf, old), dPeephole + hidden + n, left);
                Lanes<S, V>.Add(S.Multiply(dao, cell), dPeephole + 2 * hidden + n, left);
            }
            Lanes<S, V>.Store(dai, g0 + Gate.Input * hidden, left);
            Lanes<S, V>.Store(daf, g0 + Gate.Forget * hidden, left);
            Lanes<S, V>.Store(S.Multiply(dCandidate, S.Subtract(one, S.Multiply(g, g))), g0 + Gate.Cell * hidden, left);
            Lanes<S, V>.Store(dOld, dc + n, left);
        }
    }

    // f∘c' + i∘g; forward and backward have to find the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V NewCell(V i, V f, V g, V old, float* mask) =>
        S.Fma(f, old, S.Multiply(i, mask == null ? g : S.Multiply(g, S.Load(mask))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Clip(float clip, V c) => clip == 0 ? c : S.Min(S.Broadcast(clip), S.Max(S.Broadcast(-clip), c));
}
