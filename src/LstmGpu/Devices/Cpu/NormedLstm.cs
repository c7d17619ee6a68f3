using System.Runtime.CompilerServices;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Cpu;

/// <summary>One row of a step of the LSTM with layer normalisation: whole rows, because their mean and variance are needed.</summary>
internal static unsafe class NormedLstm<S, V> where S : struct, ISimd<V> where V : unmanaged
{
    private const int InputPart = 0, HiddenPart = 1, CellPart = 2;

    public static void Forward(in RecurrentCall call, float* bias, int t, int row)
    {
        int hidden = call.Shape.H;
        int width = call.Shape.GateWidth;
        long at = call.Row(t, row);
        int gap = call.Options.Coupled ? hidden : 0;
        float* input = call.InputNorm + at * width;
        float* product = call.HiddenGates + at * width;
        *Scale(call, InputPart, t, row) = RowNorm<S, V>.Normalise(input, width, gap);
        *Scale(call, HiddenPart, t, row) = RowNorm<S, V>.Normalise(product, width, gap);
        PreActivation(input, product, call.NormIh, call.NormHh, bias, width, call.Gates + at * width);
        LstmVariant<S, V>.Forward(call, t, row, 0, hidden);
        *Scale(call, CellPart, t, row) = RowNorm<S, V>.Normalise(call.CellNorm + at * hidden, hidden, gap: 0);
        Output(call, t, row);
    }

    public static void Backward(in RecurrentCall call, int t, int row)
    {
        int hidden = call.Shape.H;
        int width = call.Shape.GateWidth;
        long at = call.Row(t, row);
        int gap = call.Options.Coupled ? hidden : 0;
        float* scratch = call.Workspace.NormRows + (long)row * width;
        OutputBackward(call, t, row, scratch);
        RowNorm<S, V>.Gradient(scratch, call.CellNorm + at * hidden, scratch, hidden, gap: 0, *Scale(call, CellPart, t, row));
        LstmVariant<S, V>.Backward(call, t, row, 0, hidden, scratch);
        float* da = call.Gates + at * width;
        float* input = call.InputNorm + at * width;
        float* product = call.HiddenGates + at * width;
        Weigh(da, call.NormIh, input, width, scratch, call.Workspace.NormIh + (long)row * width);
        RowNorm<S, V>.Gradient(scratch, input, input, width, gap, *Scale(call, InputPart, t, row));
        Weigh(da, call.NormHh, product, width, scratch, call.Workspace.NormHh + (long)row * width);
        RowNorm<S, V>.Gradient(scratch, product, product, width, gap, *Scale(call, HiddenPart, t, row));
    }

    private static float* Scale(in RecurrentCall call, int part, int t, int row) => call.NormScales + (long)part * call.Shape.Rows + call.Row(t, row);

    // a = γ_ih∘norm(W_ih·x) + γ_hh∘norm(W_hh·h') + b
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PreActivation(float* input, float* product, float* gainIh, float* gainHh, float* bias, int width, float* a)
    {
        for (int n = 0; n < width; n += S.Count)
        {
            V sum = S.Fma(S.Load(gainIh + n), S.Load(input + n), S.Load(bias + n));
            Lanes<S, V>.Store(S.Fma(S.Load(gainHh + n), S.Load(product + n), sum), a + n, width - n);
        }
    }

    // u = o∘tanh(γ_c∘norm(c) + β_c)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Output(in RecurrentCall call, int t, int row)
    {
        int hidden = call.Shape.H;
        float* normed = call.CellNorm + call.Row(t, row) * hidden;
        float* o = call.Gates + call.Row(t, row) * call.Shape.GateWidth + Gate.Output * hidden;
        for (int n = 0; n < hidden; n += S.Count)
        {
            V inner = S.Fma(S.Load(call.NormCell + n), S.Load(normed + n), S.Load(call.NormCellBias + n));
            LstmVariant<S, V>.Output(call, S.Multiply(S.Load(o + n), VectorMath<S, V>.Tanh(inner)), t, row, n, hidden - n);
        }
    }

    // da_o over its gate, the gradients of γ_c and β_c, and γ_c∘d(inner) as the gradient of norm(c).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OutputBackward(in RecurrentCall call, int t, int row, float* dNorm)
    {
        int hidden = call.Shape.H;
        V one = S.Broadcast(1f);
        float* normed = call.CellNorm + call.Row(t, row) * hidden;
        float* gate = call.Gates + call.Row(t, row) * call.Shape.GateWidth + Gate.Output * hidden;
        float* dGain = call.Workspace.NormCell + (long)row * hidden;
        float* dShift = call.Workspace.NormCellBias + (long)row * hidden;
        for (int n = 0; n < hidden; n += S.Count)
        {
            int left = hidden - n;
            V norm = S.Load(normed + n);
            V gain = S.Load(call.NormCell + n);
            V tanh = VectorMath<S, V>.Tanh(S.Fma(gain, norm, S.Load(call.NormCellBias + n)));
            V o = S.Load(gate + n);
            V du = LstmVariant<S, V>.DOutput(call, t, row, n, left);
            V dInner = S.Multiply(S.Multiply(du, o), S.Subtract(one, S.Multiply(tanh, tanh)));
            Lanes<S, V>.Store(S.Multiply(S.Multiply(du, tanh), S.Multiply(o, S.Subtract(one, o))), gate + n, left);
            Lanes<S, V>.Add(S.Multiply(dInner, norm), dGain + n, left);
            Lanes<S, V>.Add(dInner, dShift + n, left);
            Lanes<S, V>.Store(S.Multiply(gain, dInner), dNorm + n, left);
        }
    }

    // dNorm = γ∘da, dγ += da∘norm
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Weigh(float* da, float* gain, float* norm, int width, float* dNorm, float* dGain)
    {
        for (int n = 0; n < width; n += S.Count)
        {
            V d = S.Load(da + n);
            Lanes<S, V>.Store(S.Multiply(S.Load(gain + n), d), dNorm + n, width - n);
            Lanes<S, V>.Add(S.Multiply(d, S.Load(norm + n)), dGain + n, width - n);
        }
    }
}
