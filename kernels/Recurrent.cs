using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>What the steps of all cells share. An index is that of an element of [B,·].</summary>
internal static class Recurrent
{
    /// <summary>Threads of a group where a thread has one element.</summary>
    public const int Threads = 256;

    /// <summary>Step t lies beyond the row's length.</summary>
    public static bool IsPadded(ArrayView<int> lengths, int row, int t) => lengths.Length > 0 && t >= lengths[row];

    /// <summary>The row of an element of [B,width]. A state has fewer than 2³² elements, and devices divide 32 bits many times faster than 64.</summary>
    public static int Row(long at, int width) => (int)((uint)at / (uint)width);

    public static float Bias(ArrayView<float> bias, int n) => bias.Length > 0 ? bias[n] : 0f;

    /// <summary>An element of a dropout mask, 1 without one.</summary>
    public static float Factor(ArrayView<float> mask, long at) => mask.Length > 0 ? mask[at] : 1f;

    /// <summary>What zoneout keeps of the old value: all or nothing where there is a mask, which is 0 for all, else the expectation.</summary>
    public static float Keep(ArrayView<float> zoneout, float probability, long at) =>
        zoneout.Length == 0 ? probability : zoneout[at] == 0f ? 1f : 0f;

    public static float Mix(float keep, float previous, float fresh) => (keep * previous) + ((1f - keep) * fresh);

    /// <summary>
    /// The gradient of the new h, before zoneout, at a step that is not padded. dStateH holds what later steps, or the loss by the last state, ask of h and
    /// is left with what zoneout hands to the step before. Empty: dHidden has been through this already (<see cref="RecurrentKernels.TakeGradient"/>).
    /// </summary>
    public static float TakeGradient(ArrayView<float> dHidden, ArrayView<float> dStateH, ArrayView<float> zoneout, float probability, long at)
    {
        if (dStateH.Length == 0)
        {
            return dHidden[at];
        }
        float dh = dHidden[at] + dStateH[at];
        float keep = Keep(zoneout, probability, at);
        dStateH[at] = keep * dh;
        return (1f - keep) * dh;
    }
}
