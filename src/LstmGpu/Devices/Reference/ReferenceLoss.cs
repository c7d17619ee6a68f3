namespace LstmGpu.Devices.Reference;

/// <summary>Softmax cross-entropy, arg max and the reductions in double precision.</summary>
internal static class ReferenceLoss
{
    /// <summary>Losses [R] in nats and the gradient [R,V] of gradientScale · Σ losses by the logits.</summary>
    public static (double[] Losses, double[] Gradient) SoftmaxCrossEntropy(int rows, int vocabulary, double[] logits, int[] targets, double gradientScale)
    {
        double[] losses = new double[rows];
        double[] gradient = new double[rows * vocabulary];
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<double> row = logits.AsSpan(r * vocabulary, vocabulary);
            double largest = double.NegativeInfinity;
            foreach (double logit in row)
            {
                largest = Math.Max(largest, logit);
            }
            double sum = 0;
            foreach (double logit in row)
            {
                sum += Math.Exp(logit - largest);
            }
            losses[r] = largest + Math.Log(sum) - row[targets[r]];
            for (int v = 0; v < vocabulary; v++)
            {
                double probability = Math.Exp(row[v] - largest) / sum;
                gradient[r * vocabulary + v] = (probability - (v == targets[r] ? 1 : 0)) * gradientScale;
            }
        }
        return (losses, gradient);
    }

    public static int[] ArgMax(int rows, int vocabulary, double[] logits)
    {
        int[] predictions = new int[rows];
        for (int r = 0; r < rows; r++)
        {
            for (int v = 1; v < vocabulary; v++)
            {
                if (logits[r * vocabulary + v] > logits[r * vocabulary + predictions[r]])
                {
                    predictions[r] = v;
                }
            }
        }
        return predictions;
    }

    public static double Sum(double[] x, double scale)
    {
        double sum = 0;
        foreach (double value in x)
        {
            sum += value;
        }
        return scale * sum;
    }

    public static double Norm(ReadOnlySpan<double> x)
    {
        double squares = 0;
        foreach (double value in x)
        {
            squares += value * value;
        }
        return Math.Sqrt(squares);
    }
}
