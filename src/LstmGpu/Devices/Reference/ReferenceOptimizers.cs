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

    public static void Sgd(
        double[] parameters, double[] gradients, double factor, double[] velocity, double rate, double momentum, double decay, bool first, bool nesterov = false)
    {
        for (int n = 0; n < parameters.Length; n++)
        {
            // g ← factor·g + decay·w; v ← momentum·v + g; w ← w − rate·v, Nesterov: w − rate·(g + momentum·v)
            double g = factor * gradients[n] + decay * parameters[n];
            velocity[n] = first ? g : momentum * velocity[n] + g;
            parameters[n] -= rate * (nesterov ? g + momentum * velocity[n] : velocity[n]);
        }
    }

    public static void Rmsprop(double[] parameters, double[] gradients, double factor, double[] meanSquare, double[] velocity, RmspropStep step)
    {
        for (int n = 0; n < parameters.Length; n++)
        {
            double g = factor * gradients[n] + step.WeightDecay * parameters[n];
            // s ← αs + (1−α)g²; q = g / (√s + ε); v ← momentum·v + q; w ← w − rate·v
            meanSquare[n] = step.Alpha * meanSquare[n] + (1 - step.Alpha) * g * g;
            double q = g / (Math.Sqrt(meanSquare[n]) + step.Epsilon);
            if (step.Momentum != 0)
            {
                velocity[n] = step.Momentum * velocity[n] + q;
                q = velocity[n];
            }
            parameters[n] -= step.LearningRate * q;
        }
    }

    public static void Adagrad(double[] parameters, double[] gradients, double factor, double[] sum, AdagradStep step)
    {
        for (int n = 0; n < parameters.Length; n++)
        {
            double g = factor * gradients[n] + step.WeightDecay * parameters[n];
            sum[n] += g * g;
            parameters[n] -= step.Rate * g / (Math.Sqrt(sum[n]) + step.Epsilon);
        }
    }

    public static void Asgd(double[] parameters, double[] gradients, double factor, double[] average, AsgdStep step)
    {
        for (int n = 0; n < parameters.Length; n++)
        {
            double g = factor * gradients[n] + step.WeightDecay * parameters[n];
            // w ← (1 − λη)w − ηg; a ← a + μ(w − a)
            parameters[n] = (1 - step.Lambda * step.Eta) * parameters[n] - step.Eta * g;
            average[n] += step.Mu * (parameters[n] - average[n]);
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
