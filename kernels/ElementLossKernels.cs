using ILGPU;

namespace LstmGpu.Kernels;

internal static class ElementLossKernels
{
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
            losses[n] = valid ? ElementLosses.Loss(function, x, y, delta) : 0f;
            if (gradientScale != 0f)
            {
                predictions[n] = valid ? ElementLosses.Gradient(function, x, y, delta) * gradientScale : 0f;
            }
        }
    }
}
