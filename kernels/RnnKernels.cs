using ILGPU;
using ILGPU.Runtime;

namespace LstmGpu.Kernels;

/// <summary>A step of a cell without gates, around its recurrent product. A thread per element of [B,H].</summary>
internal static class RnnKernels
{
    /// <summary>a = φ(x·W_ihᵀ + h'·W_hhᵀ + b), h = a after zoneout. Padded: 0.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Forward(
        [Values(false, true)] SpecializedValue<bool> relu,
        ArrayView<float> biasIh,      // [H] or empty
        ArrayView<float> biasHh,      // [H] or empty
        ArrayView<float> hPrevious,   // [B,H]
        ArrayView<float> gates,       // [B,H] in: x·W_ihᵀ + h'·W_hhᵀ, out: a
        ArrayView<float> h,           // [B,H]
        ArrayView<float> zoneout,     // [B,H] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < h.Length)
        {
            int row = Recurrent.Row(at, hidden);
            int unit = (int)(at - ((long)row * hidden));
            bool isPadded = Recurrent.IsPadded(lengths, row, t);
            float sum = gates[at] + Recurrent.Bias(biasIh, unit) + Recurrent.Bias(biasHh, unit);
            float a = isPadded ? 0f : relu ? Positive(sum) : DeviceMath.Tanh(sum);
            gates[at] = a;
            h[at] = isPadded ? 0f : Recurrent.Mix(Recurrent.Keep(zoneout, zoneoutProbability, at), hPrevious[at], a);
        }
    }

    /// <summary>da = dh∘(1−a²), or dh where a > 0.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Backward(
        [Values(false, true)] SpecializedValue<bool> relu,
        ArrayView<float> dHidden,     // [B,H]
        ArrayView<float> dStateH,     // [B,H] in: dh of the next step, out: what zoneout keeps of it
        ArrayView<float> gates,       // [B,H] in: a, out: its gradient before activation
        ArrayView<float> zoneout,     // [B,H] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int hidden,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < gates.Length)
        {
            float gradient = 0f;
            if (!Recurrent.IsPadded(lengths, Recurrent.Row(at, hidden), t))
            {
                float a = gates[at];
                float slope = relu ? (a > 0f ? 1f : 0f) : 1f - (a * a);
                gradient = Recurrent.TakeGradient(dHidden, dStateH, zoneout, zoneoutProbability, at) * slope;
            }
            gates[at] = gradient;
        }
    }

    // A sum that is not a number stays so: a run that diverges must show it.
    private static float Positive(float x) => x < 0f ? 0f : x;
}
