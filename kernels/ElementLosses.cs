using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Losses of one number and its target. The cpu calls the same functions.</summary>
internal static class ElementLosses
{
    public const int BinaryCrossEntropy = 0;
    public const int Squared = 1;
    public const int Absolute = 2;
    public const int Huber = 3;

    public const int Threads = 256;

    /// <summary>losses[n] = the loss, predictions[n] ← its gradient·gradientScale unless that is 0; both 0 at padded steps. A thread per element.</summary>
    [Kernel(Threads)]
    public static void Apply(
        ArrayView<int> lengths,         // [B] or empty
        ArrayView<float> predictions,   // [T,B,K] in: predictions, out: their gradient
        ArrayView<float> targets,       // [T,B,K]
        ArrayView<float> losses,        // [T,B,K]
        int function,
        int batch,
        int width,
        float gradientScale,
        float delta)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < predictions.Length)
        {
            bool valid = ValidSteps.IsValid(lengths, n, batch, width);
            float x = predictions[n];
            float y = targets[n];
            losses[n] = valid ? Loss(function, x, y, delta) : 0f;
            if (gradientScale != 0f)
            {
                predictions[n] = valid ? Gradient(function, x, y, delta) * gradientScale : 0f;
            }
        }
    }

    public static float Loss(int function, float x, float y, float delta)
    {
        float d = x - y;
        float magnitude = MathF.Abs(d);
        if (function == BinaryCrossEntropy)
        {
            // −y·log σ(x) − (1−y)·log(1−σ(x)) = max(x,0) − x·y + log(1+e^−|x|): no term overflows.
            float positive = x > 0f ? x : 0f;
            return (positive - (x * y)) + DeviceMath.LogOnePlus(DeviceMath.Exp(-MathF.Abs(x)));
        }
        if (function == Squared)
        {
            return d * d;
        }
        if (function == Absolute)
        {
            return magnitude;
        }
        return magnitude < delta ? 0.5f * d * d : delta * (magnitude - (0.5f * delta));
    }

    public static float Gradient(int function, float x, float y, float delta)
    {
        float d = x - y;
        if (function == BinaryCrossEntropy)
        {
            return DeviceMath.Sigmoid(x) - y;
        }
        if (function == Squared)
        {
            return 2f * d;
        }
        if (function == Absolute)
        {
            return d > 0f ? 1f : d < 0f ? -1f : d;
        }
        return d > delta ? delta : d < -delta ? -delta : d;
    }
}
