using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// What a step of a plain LSTM does with one unit of one row once its products are there. <c>at</c> is its place in [B,H], <c>gate</c> that of its first gate in
/// [B,4H]; gate blocks in the order of <see cref="Gate"/>.
/// </summary>
internal static class LstmElement
{
    /// <summary>i,f,o = σ(a), g = tanh(a), c = f∘c' + i∘g, h = o∘tanh(c).</summary>
    public static void Forward(
        float ofInput,
        float ofForget,
        float ofCell,
        float ofOutput,
        float cPrevious,
        ArrayView<float> gates,
        long gate,
        ArrayView<float> h,
        ArrayView<float> c,
        long at,
        int hidden)
    {
        float i = DeviceMath.Sigmoid(ofInput);
        float f = DeviceMath.Sigmoid(ofForget);
        float g = DeviceMath.Tanh(ofCell);
        float o = DeviceMath.Sigmoid(ofOutput);
        float state = (f * cPrevious) + (i * g);
        Store(gates, gate, hidden, i, f, g, o);
        c[at] = state;
        h[at] = o * DeviceMath.Tanh(state);
    }

    /// <summary>i = o = g = 0, f = 1, so h = 0 and c = c'. Whatever x holds here, NaN included, stays out of the states.</summary>
    public static void ForwardPadded(float cPrevious, ArrayView<float> gates, long gate, ArrayView<float> h, ArrayView<float> c, long at, int hidden)
    {
        Store(gates, gate, hidden, 0f, 1f, 0f, 0f);
        c[at] = cPrevious;
        h[at] = 0f;
    }

    /// <summary>
    /// dc = dcNext + dh∘o∘(1−tanh²c), di = dc∘g∘i(1−i), df = dc∘c'∘f(1−f), dg = dc∘i∘(1−g²), do = dh∘tanh(c)∘o(1−o), dc' = dc∘f.
    /// </summary>
    public static void Backward(
        float i,
        float f,
        float g,
        float o,
        float dh,
        float dcNext,
        float cPrevious,
        float c,
        ArrayView<float> gates,
        long gate,
        ArrayView<float> dStateC,
        long at,
        int hidden)
    {
        float tanhC = DeviceMath.Tanh(c);
        float dc = dcNext + (dh * o * (1f - (tanhC * tanhC)));
        Store(gates, gate, hidden, dc * g * (i * (1f - i)), dc * cPrevious * (f * (1f - f)), dc * i * (1f - (g * g)), dh * tanhC * (o * (1f - o)));
        dStateC[at] = dc * f;
    }

    public static void Store(ArrayView<float> gates, long gate, int hidden, float i, float f, float g, float o)
    {
        gates[gate + (Gate.Input * hidden)] = i;
        gates[gate + (Gate.Forget * hidden)] = f;
        gates[gate + (Gate.Cell * hidden)] = g;
        gates[gate + (Gate.Output * hidden)] = o;
    }
}
