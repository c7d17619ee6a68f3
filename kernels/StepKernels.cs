using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// What changes from one training step to the next, in device memory. A launch that was captured is replayed with the arguments it had; it reads these anew.
/// </summary>
internal static class StepKernels
{
    /// <summary>The counter of dropout: low and high word.</summary>
    public const int DropoutLow = 0;
    public const int DropoutHigh = 1;

    /// <summary>Words of it.</summary>
    public const int DropoutLength = 2;

    /// <summary>What an update multiplies by; an optimizer reads those that it has.</summary>
    public const int Rate = 0;
    public const int Keep = 1;
    public const int InverseRoot = 2;

    /// <summary>1 at the first update, else 0.</summary>
    public const int First = 3;

    /// <summary>Numbers of an update.</summary>
    public const int UpdateLength = 4;

    [Kernel(1)]
    public static void SetDropout(ArrayView<uint> dropout, ulong step)
    {
        dropout[DropoutLow] = (uint)step;
        dropout[DropoutHigh] = (uint)(step >> 32);
    }

    [Kernel(1)]
    public static void SetUpdate(ArrayView<float> update, float rate, float keep, float inverseRoot, float first)
    {
        update[Rate] = rate;
        update[Keep] = keep;
        update[InverseRoot] = inverseRoot;
        update[First] = first;
    }
}
