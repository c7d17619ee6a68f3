namespace LstmGpu.Kernels;

/// <summary>Losses of one number and its target, for the kernel and for the cpu.</summary>
internal static class ElementLosses
{
    public const int BinaryCrossEntropy = 0;
    public const int Squared = 1;
    public const int Absolute = 2;
    public const int Huber = 3;

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
