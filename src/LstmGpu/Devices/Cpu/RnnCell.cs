using System.Runtime.CompilerServices;

namespace LstmGpu.Devices.Cpu;

/// <summary>h = tanh(a) or max(0, a), one row of a step.</summary>
internal static unsafe class RnnCell<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(in RecurrentCall call, int t, int row, int from, int to)
    {
        bool rectifies = call.Shape.Cell == CellKind.RnnRelu;
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        for (int n = from; n < to; n += S.Count)
        {
            V a = S.Load(gates + n);
            V y = rectifies ? S.Max(S.Broadcast(0f), a) : VectorMath<S, V>.Tanh(a);
            Lanes<S, V>.Store(y, gates + n, to - n);
            HiddenState<S, V>.Store(call, y, t, row, n, to - n);
        }
    }

    /// <summary>da = dh∘(1−y²), or dh where y is above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(in RecurrentCall call, int t, int row, int from, int to)
    {
        bool rectifies = call.Shape.Cell == CellKind.RnnRelu;
        V zero = S.Broadcast(0f);
        float* gates = call.Gates + call.Row(t, row) * call.Shape.GateWidth;
        float* state = call.DStateH + (long)row * call.Shape.P;
        for (int n = from; n < to; n += S.Count)
        {
            V y = S.Load(gates + n);
            V dh = HiddenState<S, V>.Gradient(call, t, row, n, out V toOld);
            V da = rectifies ? S.WhereLess(zero, y, dh, zero) : S.Multiply(dh, S.Subtract(S.Broadcast(1f), S.Multiply(y, y)));
            Lanes<S, V>.Store(da, gates + n, to - n);
            Lanes<S, V>.Store(toOld, state + n, to - n);
        }
    }
}
