using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>Parameter updates, one thread per element; factor[0] is the clip factor, which the host never reads; step holds what <see cref="StepKernels.SetUpdate"/> was told.</summary>
internal static class OptimizerKernels
{
    public const int Threads = 256;

    /// <summary>factor[0] = min(1, limit / (norm[0] + 1e-6)), PyTorch's clip_grad_norm_. A norm that is not a number makes the factor so.</summary>
    [Kernel(1)]
    public static void ClipFactor(ArrayView<float> norm, ArrayView<float> factor, float limit)
    {
        float ratio = limit / (norm[0] + 1e-6f);
        factor[0] = ratio > 1f ? 1f : ratio;
    }

    /// <summary>gradients ← clamp(factor[0]·gradients, −limit, limit).</summary>
    [Kernel(Threads)]
    public static void ClipValue(ArrayView<float> gradients, ArrayView<float> factor, float limit)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < gradients.Length)
        {
            float gradient = factor[0] * gradients[n];
            gradients[n] = gradient > limit ? limit : gradient < -limit ? -limit : gradient;
        }
    }

    /// <summary>g ← factor·g + decay·w; v ← momentum·v + g (first step: v ← g); w ← w − rate·v, Nesterov: w ← w − rate·(g + momentum·v). Without momentum no v.</summary>
    [Kernel(Threads)]
    public static void Sgd(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> factor,
        ArrayView<float> velocity,
        ArrayView<float> step,   // Rate, First
        float momentum,
        float weightDecay,
        bool nesterov)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < parameters.Length)
        {
            float gradient = (parameters[n] * weightDecay) + (gradients[n] * factor[0]);
            if (momentum != 0f)
            {
                float v = step[StepKernels.First] != 0f ? gradient : (velocity[n] * momentum) + gradient;
                velocity[n] = v;
                gradient = nesterov ? (v * momentum) + gradient : v;
            }
            parameters[n] -= gradient * step[StepKernels.Rate];
        }
    }

    /// <summary>PyTorch's Adam and AdamW; what depends on the step alone the host has computed, in double.</summary>
    [Kernel(Threads)]
    public static void Adam(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> factor,
        ArrayView<float> firstMoment,
        ArrayView<float> secondMoment,
        ArrayView<float> step, // Rate: rate / (1 − β₁ᵗ), Keep (AdamW): 1 − rate·decay, InverseRoot: 1 / √(1 − β₂ᵗ)
        float newInFirst,      // 1 − β₁
        float beta2,
        float newInSecond,     // 1 − β₂
        float epsilon,
        float coupledDecay)    // Adam: weight decay, added to the gradient
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < parameters.Length)
        {
            float weight = parameters[n];
            float gradient = (weight * coupledDecay) + (gradients[n] * factor[0]);
            float first = firstMoment[n] + ((gradient - firstMoment[n]) * newInFirst);
            float second = (secondMoment[n] * beta2) + (gradient * gradient * newInSecond);
            firstMoment[n] = first;
            secondMoment[n] = second;
            parameters[n] = (weight * step[StepKernels.Keep]) - (step[StepKernels.Rate] * first / ((MathF.Sqrt(second) * step[StepKernels.InverseRoot]) + epsilon));
        }
    }

    /// <summary>g ← factor·g + decay·w; s ← α·s + (1−α)·g²; q = g / (√s + ε); v ← momentum·v + q; w ← w − rate·v. Without momentum no v: w ← w − rate·q.</summary>
    [Kernel(Threads)]
    public static void Rmsprop(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> factor,
        ArrayView<float> meanSquare,
        ArrayView<float> velocity,
        ArrayView<float> step, // Rate
        float alpha,
        float newInMean,       // 1 − α
        float epsilon,
        float weightDecay,
        float momentum)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < parameters.Length)
        {
            float gradient = (parameters[n] * weightDecay) + (gradients[n] * factor[0]);
            float mean = (meanSquare[n] * alpha) + (gradient * gradient * newInMean);
            meanSquare[n] = mean;
            float update = gradient / (MathF.Sqrt(mean) + epsilon);
            if (momentum != 0f)
            {
                update = (velocity[n] * momentum) + update;
                velocity[n] = update;
            }
            parameters[n] -= update * step[StepKernels.Rate];
        }
    }

    /// <summary>g ← factor·g + decay·w; s ← s + g²; w ← w − rate·g / (√s + ε).</summary>
    [Kernel(Threads)]
    public static void Adagrad(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> factor,
        ArrayView<float> sum,
        ArrayView<float> step,   // Rate
        float epsilon,
        float weightDecay)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < parameters.Length)
        {
            float gradient = (parameters[n] * weightDecay) + (gradients[n] * factor[0]);
            float total = sum[n] + (gradient * gradient);
            sum[n] = total;
            parameters[n] -= gradient / (MathF.Sqrt(total) + epsilon) * step[StepKernels.Rate];
        }
    }

    /// <summary>g ← factor·g + decay·w; w ← (1 − λη)·w − η·g; a ← a + μ·(w − a), exactly w where μ = 1.</summary>
    [Kernel(Threads)]
    public static void Asgd(
        ArrayView<float> parameters,
        ArrayView<float> gradients,
        ArrayView<float> factor,
        ArrayView<float> average,
        float weightDecay,
        float keep,            // 1 − λη
        float eta,
        float mu)
    {
        long n = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (n < parameters.Length)
        {
            float gradient = (parameters[n] * weightDecay) + (gradients[n] * factor[0]);
            float weight = (parameters[n] * keep) - (gradient * eta);
            parameters[n] = weight;
            average[n] = mu == 1f ? weight : average[n] + ((weight - average[n]) * mu);
        }
    }
}
