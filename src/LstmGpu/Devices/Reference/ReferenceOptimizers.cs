namespace LstmGpu.Devices.Reference;

/// <summary>Clipping and the update rules in double precision, as torch.nn.utils and torch.optim define them. Arrays are updated in place.</summary>
internal static class ReferenceOptimizers
{
    public static double ClipFactor(double norm, double limit) => Math.Min(1, limit / (norm + 1e-6));

    public static void ClipValue(double[] gradients, double limit)
    {
        for (int n = 0; n < gradients.Length; n++)
        {
            gradients[n] = Math.Clamp(gradients[n], -limit, limit);
        }
    }

    public static void Sgd(double[] parameters, double[] gradients, double factor, double[] velocity, double rate, double momentum, double decay, bool first)
    {
        for (int n = 0; n < parameters.Length; n++)
        {
            // g ← factor·g + decay·w; v ← momentum·v + g; w ← w − rate·v
            double g = factor * gradients[n] + decay * parameters[n];
            velocity[n] = first ? g : momentum * velocity[n] + g;
            parameters[n] -= rate * velocity[n];
        }
    }

    public static void Adam(double[] parameters, double[] gradients, double factor, double[] firstMoment, double[] secondMoment, AdamStep step)
    {
        double correction1 = 1 - Math.Pow(step.Beta1, step.Step);
        double correction2 = 1 - Math.Pow(step.Beta2, step.Step);
        for (int n = 0; n < parameters.Length; n++)
        {
            double g = factor * gradients[n];
            if (step.Decoupled)
            {
                parameters[n] *= 1 - step.LearningRate * step.WeightDecay;
            }
            else
            {
                g += step.WeightDecay * parameters[n];
            }
            // m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; w ← w − rate · m̂ / (√v̂ + ε)
            firstMoment[n] = step.Beta1 * firstMoment[n] + (1 - step.Beta1) * g;
            secondMoment[n] = step.Beta2 * secondMoment[n] + (1 - step.Beta2) * g * g;
            double denominator = Math.Sqrt(secondMoment[n]) / Math.Sqrt(correction2) + step.Epsilon;
            parameters[n] -= step.LearningRate / correction1 * firstMoment[n] / denominator;
        }
    }
}
