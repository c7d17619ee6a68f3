using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>What stands around the cells: masks of h', and what becomes of h behind a projection. A thread per element of [B,P].</summary>
internal static class RecurrentKernels
{
    /// <summary>y = x∘mask, or y += x∘mask.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Mask(
        ArrayView<float> x,      // [B,P]
        ArrayView<float> mask,   // [B,P]
        ArrayView<float> y,      // [B,P]
        bool accumulate)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < x.Length)
        {
            float value = x[at] * mask[at];
            y[at] = accumulate ? y[at] + value : value;
        }
    }

    /// <summary>Zoneout of a projected h. It is 0 at a padded step before this, and stays so.</summary>
    [Kernel(Recurrent.Threads)]
    public static void Zoneout(
        ArrayView<float> hPrevious,   // [B,P]
        ArrayView<float> h,           // [B,P] in: W_hr·(o∘tanh(c)), out: h
        ArrayView<float> zoneout,     // [B,P] or empty
        ArrayView<int> lengths,       // [B] or empty
        int t,
        int width,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < h.Length && !Recurrent.IsPadded(lengths, Recurrent.Row(at, width), t))
        {
            h[at] = Recurrent.Mix(Recurrent.Keep(zoneout, zoneoutProbability, at), hPrevious[at], h[at]);
        }
    }

    /// <summary>The gradient of the projection's result: <see cref="Recurrent.TakeGradient"/>, 0 at a padded step.</summary>
    [Kernel(Recurrent.Threads)]
    public static void TakeGradient(
        ArrayView<float> dHidden,      // [B,P]
        ArrayView<float> dStateH,      // [B,P] in: dh, out: what zoneout keeps of it
        ArrayView<float> zoneout,      // [B,P] or empty
        ArrayView<int> lengths,        // [B] or empty
        ArrayView<float> dProjected,   // [B,P]
        int t,
        int width,
        float zoneoutProbability)
    {
        long at = ((long)Grid.IdxX * Recurrent.Threads) + Group.IdxX;
        if (at < dProjected.Length)
        {
            bool isPadded = Recurrent.IsPadded(lengths, Recurrent.Row(at, width), t);
            dProjected[at] = isPadded ? 0f : Recurrent.TakeGradient(dHidden, dStateH, zoneout, zoneoutProbability, at);
        }
    }
}
