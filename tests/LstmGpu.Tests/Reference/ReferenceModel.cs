using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Reference;

/// <summary>The language model in double precision: embedding or one-hot → LSTM layers → linear → mean cross-entropy; forward only.</summary>
internal sealed class ReferenceModel(ModelOptions options, int vocabulary)
{
    /// <summary>Parameter tensors in the order of the program's arena.</summary>
    public required List<(string Name, double[] Values)> Parameters { get; init; }

    public static ReferenceModel Of(ModelOptions options, int vocabulary, IEnumerable<(string Name, float[] Values)> parameters) =>
        new(options, vocabulary) { Parameters = [.. parameters.Select(p => (p.Name, p.Values.ToDoubles()))] };

    /// <summary>States before the first step: zeros.</summary>
    public (double[] H, double[] C)[] ZeroState(int batch) =>
        [.. Enumerable.Range(0, options.Layers).Select(_ => (new double[batch * options.Hidden], new double[batch * options.Hidden]))];

    /// <summary>Losses [T,B] in nats, logits [T,B,V] and the states after the last step.</summary>
    public (double[] Losses, double[] Logits, (double[] H, double[] C)[] State) Forward(
        int steps, int batch, int[] tokens, int[] targets, (double[] H, double[] C)[] state, DropoutKey? mask = null)
    {
        int rows = steps * batch;
        int width = options.Embedding > 0 ? options.Embedding : vocabulary;
        double[] x = options.Embedding > 0
            ? ReferenceDense.EmbeddingForward(rows, width, tokens, this["embedding.weight"])
            : ReferenceDense.OneHot(rows, vocabulary, tokens);
        var after = new (double[] H, double[] C)[options.Layers];
        for (int n = 0; n < options.Layers; n++)
        {
            LstmShape shape = new(steps, batch, n == 0 ? width : options.Hidden, options.Hidden);
            LstmTrace trace = ReferenceLstm.Forward(new(
                shape, x, this[$"lstm.weight_ih_l{n}"], this[$"lstm.weight_hh_l{n}"], this[$"lstm.bias_ih_l{n}"], this[$"lstm.bias_hh_l{n}"], state[n].H, state[n].C));
            int size = batch * options.Hidden;
            after[n] = (trace.Hidden[^size..], trace.Cell[^size..]);
            x = trace.Hidden[size..];
            float dropout = (float)(n < options.Layers - 1 ? options.Dropout : options.OutputDropout);
            if (mask is { } key && dropout > 0)
            {
                x = ReferenceDropout.Apply(x, dropout, key with { Site = (uint)n });
            }
        }
        double[] product = ReferenceDense.Gemm(GemmLayout.NT, rows, vocabulary, options.Hidden, x, this["linear.weight"], null);
        double[] logits = ReferenceDense.AddBias(rows, vocabulary, this["linear.bias"], product);
        return (ReferenceLoss.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 1).Losses, logits, after);
    }

    private double[] this[string name] => Parameters.Single(p => p.Name == name).Values;
}
