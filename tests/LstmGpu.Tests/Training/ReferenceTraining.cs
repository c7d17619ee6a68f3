using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Training;

/// <summary>
/// Truncated backpropagation through time on a character text, built from the double-precision reference operations alone:
/// embedding → one LSTM layer → linear → mean cross-entropy.
/// </summary>
internal static class ReferenceTraining
{
    /// <summary>Losses and gradient norms before clipping of the first steps.</summary>
    public static (double[] Losses, double[] GradientNorms) Run(
        string text,
        IReadOnlyList<double[]> parameters,
        TrainingOptions options,
        int embedding,
        int hidden)
    {
        char[] vocabulary = [.. text.Distinct().Order()];
        int[] ids = [.. text.Select(c => Array.IndexOf(vocabulary, c))];
        int b = options.Batch;
        int t = options.Bptt;
        int v = vocabulary.Length;
        int rows = t * b;
        int length = ids.Length / b;
        int windows = (length - 1) / t;
        LstmShape shape = new(t, b, embedding, hidden);
        double[][] velocity = [.. parameters.Select(p => new double[p.Length])];
        double[][] secondMoment = [.. parameters.Select(p => new double[p.Length])];
        double[] h0 = new double[b * hidden];
        double[] c0 = new double[b * hidden];
        List<double> losses = [];
        List<double> norms = [];
        for (int step = 0; step < options.Steps; step++)
        {
            int window = step % windows;
            if (window == 0)
            {
                Array.Clear(h0);
                Array.Clear(c0);
            }
            int[] tokens = new int[rows];
            int[] targets = new int[rows];
            for (int r = 0; r < rows; r++)
            {
                int position = r % b * length + window * t + r / b;
                tokens[r] = ids[position];
                targets[r] = ids[position + 1];
            }

            double[] x = ReferenceDense.EmbeddingForward(rows, embedding, tokens, parameters[0]);
            LstmInputs inputs = new(shape, x, parameters[1], parameters[2], parameters[3], parameters[4], (double[])h0.Clone(), (double[])c0.Clone());
            LstmTrace trace = ReferenceLstm.Forward(inputs);
            double[] h = trace.Hidden[(b * hidden)..];
            double[] product = ReferenceDense.Gemm(GemmLayout.NT, rows, v, hidden, h, parameters[5], null);
            double[] logits = ReferenceDense.AddBias(rows, v, parameters[6], product);
            (double[] rowLosses, double[] dLogits) = ReferenceLoss.SoftmaxCrossEntropy(rows, v, logits, targets, 1.0 / rows);
            losses.Add(ReferenceLoss.Sum(rowLosses, 1.0 / rows));

            double[] dH = ReferenceDense.Gemm(GemmLayout.NN, rows, hidden, v, dLogits, parameters[5], null);
            LstmGradientValues lstm = ReferenceLstm.Backward(inputs, trace, dH, new double[b * hidden], new double[b * hidden]);
            double[][] gradients =
            [
                ReferenceDense.EmbeddingBackward(rows, embedding, tokens, lstm.DX, new double[parameters[0].Length]),
                lstm.DWeightIh,
                lstm.DWeightHh,
                lstm.DBiasIh,
                lstm.DBiasHh,
                ReferenceDense.Gemm(GemmLayout.TN, v, hidden, rows, dLogits, h, null),
                ReferenceDense.BiasGradient(rows, v, dLogits, new double[v]),
            ];
            double norm = ReferenceLoss.Norm(gradients.SelectMany(g => g).ToArray());
            norms.Add(norm);
            double factor = options.ClipNorm > 0 ? ReferenceOptimizers.ClipFactor(norm, options.ClipNorm) : 1;
            for (int p = 0; p < parameters.Count; p++)
            {
                // By norm first, then by value: the order in which PyTorch's two functions are called.
                double[] clipped = Array.ConvertAll(gradients[p], g => factor * g);
                if (options.ClipValue > 0)
                {
                    ReferenceOptimizers.ClipValue(clipped, options.ClipValue);
                }
                if (options.Optimizer == "sgd")
                {
                    ReferenceOptimizers.Sgd(
                        parameters[p], clipped, 1, velocity[p], options.LearningRate, options.Momentum, options.WeightDecay ?? 0, first: step == 0, options.Nesterov);
                }
                else if (options.Optimizer == "rmsprop")
                {
                    RmspropStep rmsprop = new(options.LearningRate, options.Alpha, options.Epsilon ?? 1e-8, options.Momentum, options.WeightDecay ?? 0);
                    ReferenceOptimizers.Rmsprop(parameters[p], clipped, 1, secondMoment[p], velocity[p], rmsprop);
                }
                else if (options.Optimizer == "adagrad")
                {
                    AdagradStep adagrad = new(options.LearningRate, options.LearningRateDecay, options.Epsilon ?? 1e-10, options.WeightDecay ?? 0, step + 1);
                    ReferenceOptimizers.Adagrad(parameters[p], clipped, 1, secondMoment[p], adagrad);
                }
                else if (options.Optimizer == "asgd")
                {
                    AsgdStep asgd = new(options.LearningRate, options.Lambda ?? 1e-4, options.AsgdAlpha, options.WeightDecay ?? 0, step + 1, options.T0 ?? 1_000_000);
                    ReferenceOptimizers.Asgd(parameters[p], clipped, 1, secondMoment[p], asgd);
                }
                else
                {
                    bool decoupled = options.Optimizer == "adamw";
                    AdamStep adam = new(
                        options.LearningRate,
                        options.Beta1,
                        options.Beta2,
                        options.Epsilon ?? 1e-8,
                        options.WeightDecay ?? (decoupled ? 0.01 : 0),
                        decoupled,
                        step + 1);
                    ReferenceOptimizers.Adam(parameters[p], clipped, 1, velocity[p], secondMoment[p], adam);
                }
            }
            Array.Copy(trace.Hidden, t * b * hidden, h0, 0, h0.Length);
            Array.Copy(trace.Cell, t * b * hidden, c0, 0, c0.Length);
        }
        return ([.. losses], [.. norms]);
    }
}
