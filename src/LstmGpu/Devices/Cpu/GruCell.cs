using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>One row of a step of either GRU: blocks r, z, n.</summary>
internal static unsafe class GruCell<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>r = σ(a_r) and r∘h', which the product of the candidate waits for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Reset(in RecurrentCall call, int t, int row, int from, int to)
    {
        int hidden = call.Shape.H;
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        float* input = call.StepInput(t) + (long)row * hidden;
        float* reset = call.ResetHidden + call.Row(t, row) * hidden;
        for (int n = from; n < to; n += S.Count)
        {
            V r = VectorMath<S, V>.Sigmoid(S.Load(gates + n));
            Lanes<S, V>.Store(r, gates + n, to - n);
            Lanes<S, V>.Store(S.Multiply(r, S.Load(input + n)), reset + n, to - n);
        }
    }

    /// <summary>z = σ(a_z), n = tanh(a_n + r∘(W_hn·h' + b_hn)), h = (1−z)∘n + z∘h'; where the reset came before, a_n is whole already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in RecurrentCall call, int t, int row, int from, int to)
    {
        int hidden = call.Shape.H;
        bool resetBefore = call.ResetHidden != null;
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        float* product = call.HiddenGates + call.Row(t, row) * call.Shape.GateWidth + 2 * hidden;
        float* old = call.Hidden + call.Row(t, row) * hidden;
        float* mask = call.CandidateMask == null ? null : call.CandidateMask + call.Row(t, row) * hidden;
        for (int n = from; n < to; n += S.Count)
        {
            int left = to - n;
            V a = S.Load(gates + 2 * hidden + n);
            if (!resetBefore)
            {
                V r = VectorMath<S, V>.Sigmoid(S.Load(gates + n));
                Lanes<S, V>.Store(r, gates + n, left);
                a = S.Fma(r, S.Load(product + n), a);
            }
            V z = VectorMath<S, V>.Sigmoid(S.Load(gates + hidden + n));
            V candidate = VectorMath<S, V>.Tanh(a);
            Lanes<S, V>.Store(z, gates + hidden + n, left);
            Lanes<S, V>.Store(candidate, gates + 2 * hidden + n, left);
            if (mask != null)
            {
                candidate = S.Multiply(candidate, S.Load(mask + n));
            }
            V h = S.Fma(z, S.Load(old + n), S.Multiply(S.Subtract(S.Broadcast(1f), z), candidate));
            HiddenState<S, V>.Store(call, h, t, row, n, left);
        }
    }

    /// <summary>
    /// dz = dh∘(h'−n)∘z∘(1−z), dn = dh∘(1−z)∘(1−n²), z∘dh to h'; dr = dn∘(W_hn·h' + b_hn)∘r∘(1−r) where the reset comes after the product.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in RecurrentCall call, int t, int row, int from, int to)
    {
        int hidden = call.Shape.H;
        bool resetBefore = call.ResetHidden != null;
        V one = S.Broadcast(1f);
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        float* product = call.HiddenGates + call.Row(t, row) * call.Shape.GateWidth;
        float* old = call.Hidden + call.Row(t, row) * hidden;
        float* mask = call.CandidateMask == null ? null : call.CandidateMask + call.Row(t, row) * hidden;
        float* state = call.DStateH + (long)row * hidden;
        for (int n = from; n < to; n += S.Count)
        {
            int left = to - n;
            V z = S.Load(gates + hidden + n);
            V candidate = S.Load(gates + 2 * hidden + n);
            V dh = HiddenState<S, V>.Gradient(call, t, row, n, out V toOld);
            V dCandidate = S.Multiply(dh, S.Subtract(one, z));
            V masked = candidate;
            if (mask != null)
            {
                V kept = S.Load(mask + n);
                dCandidate = S.Multiply(dCandidate, kept);
                masked = S.Multiply(candidate, kept);
            }
            V dn = S.Multiply(dCandidate, S.Subtract(one, S.Multiply(candidate, candidate)));
            V dz = S.Multiply(S.Multiply(dh, S.Subtract(S.Load(old + n), masked)), S.Multiply(z, S.Subtract(one, z)));
            V dProduct = dn;
            if (!resetBefore)
            {
                V r = S.Load(gates + n);
                V dr = S.Multiply(S.Multiply(dn, S.Load(product + 2 * hidden + n)), S.Multiply(r, S.Subtract(one, r)));
                dProduct = S.Multiply(dn, r);
                Lanes<S, V>.Store(dr, gates + n, left);
                Lanes<S, V>.Store(dr, product + n, left);
            }
            Lanes<S, V>.Store(dz, gates + hidden + n, left);
            Lanes<S, V>.Store(dn, gates + 2 * hidden + n, left);
            Lanes<S, V>.Store(dz, product + hidden + n, left);
            Lanes<S, V>.Store(dProduct, product + 2 * hidden + n, left);
            Lanes<S, V>.Store(S.Fma(dh, z, toOld), state + n, left);
        }
    }

    /// <summary>From d(r∘h'): dr = it∘h'∘r∘(1−r), and it∘r to h'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ResetBackward(in RecurrentCall call, int t, int row, int from, int to)
    {
        int hidden = call.Shape.H;
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        float* product = call.HiddenGates + call.Row(t, row) * call.Shape.GateWidth;
        float* input = call.StepInput(t) + (long)row * hidden;
        float* dReset = call.Workspace.DUnits + (long)row * hidden;
        float* mask = call.HiddenMask == null ? null : call.HiddenMask + (long)row * hidden;
        float* state = call.DStateH + (long)row * hidden;
        for (int n = from; n < to; n += S.Count)
        {
            V r = S.Load(gates + n);
            V d = S.Load(dReset + n);
            V dr = S.Multiply(S.Multiply(d, S.Load(input + n)), S.Multiply(r, S.Subtract(S.Broadcast(1f), r)));
            V dInput = S.Multiply(d, r);
            if (mask != null)
            {
                dInput = S.Multiply(dInput, S.Load(mask + n));
            }
            Lanes<S, V>.Store(dr, gates + n, to - n);
            Lanes<S, V>.Store(dr, product + n, to - n);
            Lanes<S, V>.Add(dInput, state + n, to - n);
        }
    }
}
