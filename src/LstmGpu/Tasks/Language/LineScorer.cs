using LstmGpu.Data;
using LstmGpu.Devices;
using LstmGpu.Layers;

namespace LstmGpu.Tasks.Language;

/// <summary>
/// Losses of the tokens of lines, each line a text of its own: from the zero state the model reads a prime, then the line. Lines of similar length go
/// through the model together.
/// </summary>
/// <param name="prime">What stands before each line; its last token is the line break, which is also the last token to be predicted of each line.</param>
internal sealed class LineScorer(IBackend backend, LanguageModel model, int[] prime)
{
    private readonly float[] logits = new float[model.LongestWindow * model.Batch * model.Vocabulary]; // [T,B,V]

    /// <summary>−ln p of each token of each line and of the line break behind it.</summary>
    public double[][] Losses(IReadOnlyList<int[]> lines, CancellationToken cancel)
    {
        double[][] losses = [.. lines.Select(line => new double[line.Length + 1])];
        BucketedBatches order = new([.. lines.Select(line => line.Length)], model.Batch, seed: null);
        for (int n = 0; n < order.BatchesPerEpoch; n++)
        {
            Score([.. order.Batch(n).ToArray().Select(place => (lines[place], losses[place]))], cancel);
        }
        return losses;
    }

    private void Score((int[] Line, double[] Losses)[] rows, CancellationToken cancel)
    {
        model.Stack.ResetState();
        int longest = prime.Length + rows.Max(row => row.Line.Length);
        for (int start = 0; start < longest; start += model.LongestWindow)
        {
            cancel.ThrowIfCancellationRequested();
            int steps = Math.Min(model.LongestWindow, longest - start);
            int[] inputs = new int[steps * model.Batch]; // [T,B]
            for (int at = 0; at < inputs.Length; at++)
            {
                (int t, int row) = (start + at / model.Batch, at % model.Batch);
                inputs[at] = row < rows.Length ? Token(rows[row].Line, t) : LineBreak;
            }
            model.SetWindow(inputs, inputs);
            backend.Download(model.Forward(steps, mask: null), logits.AsSpan(0, inputs.Length * model.Vocabulary));
            Read(rows, start, steps);
            model.Stack.Carry(steps);
        }
    }

    private int LineBreak => prime[^1];

    // Token t of the prime, the line and the line break behind it, which also fills what is left of a batch.
    private int Token(int[] line, int t) =>
        t < prime.Length ? prime[t] : t < prime.Length + line.Length ? line[t - prime.Length] : LineBreak;

    // Step t predicts token t + 1.
    private void Read((int[] Line, double[] Losses)[] rows, int start, int steps)
    {
        for (int row = 0; row < rows.Length; row++)
        {
            (int[] line, double[] losses) = rows[row];
            for (int t = Math.Max(start, prime.Length - 1); t < Math.Min(start + steps, prime.Length + line.Length); t++)
            {
                int at = (((t - start) * model.Batch) + row) * model.Vocabulary;
                losses[t + 1 - prime.Length] = Loss(logits.AsSpan(at, model.Vocabulary), Token(line, t + 1));
            }
        }
    }

    /// <summary>−ln p = ln Σ e^y − y, from the largest y down: none overflows.</summary>
    public static double Loss(ReadOnlySpan<float> logits, int id)
    {
        float largest = float.NegativeInfinity;
        foreach (float y in logits)
        {
            largest = Math.Max(largest, y);
        }
        double sum = 0;
        foreach (float y in logits)
        {
            sum += Math.Exp((double)y - largest);
        }
        return largest + Math.Log(sum) - logits[id];
    }
}
