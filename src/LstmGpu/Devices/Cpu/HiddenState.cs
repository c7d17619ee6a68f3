using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>How a new h becomes the state of the step, and how the gradient goes back through that.</summary>
internal static unsafe class HiddenState<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    /// <summary>A value after zoneout: where a mask is 0 the old one stays; without a mask the expectation p·old + (1−p)·fresh.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Zoneout(V fresh, V old, float* mask, float probability)
    {
        if (mask != null)
        {
            return S.WhereLess(S.Broadcast(0f), S.Load(mask), fresh, old);
        }
        return probability == 0 ? fresh : S.Fma(S.Broadcast(probability), old, S.Multiply(S.Broadcast(1 - probability), fresh));
    }

    /// <summary>The part of a gradient that goes to the fresh value; the rest goes to the old one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ZoneoutGradient(V gradient, float* mask, float probability, out V toOld)
    {
        V zero = S.Broadcast(0f);
        if (mask != null)
        {
            V kept = S.Load(mask);
            toOld = S.WhereLess(zero, kept, zero, gradient);
            return S.WhereLess(zero, kept, gradient, zero);
        }
        toOld = probability == 0 ? zero : S.Multiply(S.Broadcast(probability), gradient);
        return probability == 0 ? gradient : S.Multiply(S.Broadcast(1 - probability), gradient);
    }

    /// <summary>Stores h of step t, and h∘mask for the next step's product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(in RecurrentCall call, V fresh, int t, int row, int n, int left)
    {
        long at = call.Row(t, row) * call.Shape.P + n;
        float* mask = call.ZoneoutHidden == null ? null : call.ZoneoutHidden + at;
        V h = Zoneout(fresh, S.Load(call.Hidden + at), mask, call.Options.ZoneoutHidden);
        Lanes<S, V>.Store(h, call.Hidden + at + call.StateLength, left);
        if (call.HiddenInput != null && t + 1 < call.Shape.T)
        {
            V masked = S.Multiply(h, S.Load(call.HiddenMask + (long)row * call.Shape.P + n));
            Lanes<S, V>.Store(masked, call.HiddenInput + at + call.StateLength, left);
        }
    }

    /// <summary>Gradient of the new h of step t: of the output and of the state after it. What goes to h' past the cell is added to <paramref name="toOld"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient(in RecurrentCall call, int t, int row, int n, out V toOld)
    {
        long at = call.Row(t, row) * call.Shape.P + n;
        V dh = S.Add(S.Load(call.DHidden + at), S.Load(call.DStateH + (long)row * call.Shape.P + n));
        float* mask = call.ZoneoutHidden == null ? null : call.ZoneoutHidden + at;
        return ZoneoutGradient(dh, mask, call.Options.ZoneoutHidden, out toOld);
    }

    /// <summary>h'∘mask of the first step.</summary>
    public static void MaskInitial(in RecurrentCall call, int row, int from, int to)
    {
        long at = (long)row * call.Shape.P;
        for (int n = from; n < to; n += S.Count)
        {
            V masked = S.Multiply(S.Load(call.Hidden + at + n), S.Load(call.HiddenMask + at + n));
            Lanes<S, V>.Store(masked, call.HiddenInput + at + n, to - n);
        }
    }

    /// <summary>After the projection: its product stands where h of the step goes.</summary>
    public static void Finish(in RecurrentCall call, int t, int row, int from, int to)
    {
        long at = call.Row(t + 1, row) * call.Shape.P;
        for (int n = from; n < to; n += S.Count)
        {
            Store(call, S.Load(call.Hidden + at + n), t, row, n, to - n);
        }
    }

    /// <summary>Before the projection's gradient: that of its result, and what goes to h' past the cell.</summary>
    public static void Begin(in RecurrentCall call, int t, int row, int from, int to)
    {
        float* projected = call.Workspace.DProjected + call.Row(t, row) * call.Shape.P;
        float* state = call.DStateH + (long)row * call.Shape.P;
        for (int n = from; n < to; n += S.Count)
        {
            V fresh = Gradient(call, t, row, n, out V toOld);
            Lanes<S, V>.Store(fresh, projected + n, to - n);
            Lanes<S, V>.Store(toOld, state + n, to - n);
        }
    }
}
