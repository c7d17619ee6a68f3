using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Layers;

namespace LstmGpu.Tests.Reference;

/// <summary>The language model in double precision: embedding or one-hot → recurrent layers → linear → mean cross-entropy; forward only.</summary>
internal sealed class ReferenceModel(ModelOptions options, int vocabulary)
{
    /// <summary>Parameter tensors in the order of the program's arena.</summary>
    public required List<(string Name, double[] Values)> Parameters { get; init; }

    private CellKind Cell => options.Cell switch
    {
        "lstm" => CellKind.Lstm,
        "gru" => CellKind.Gru,
        "gru-reset-before" => CellKind.GruResetBefore,
        "rnn" => CellKind.RnnTanh,
        _ => CellKind.RnnRelu,
    };

    // Of h; that of c is H.
    private int Width => options.Projection > 0 ? options.Projection : options.Hidden;

    public static ReferenceModel Of(ModelOptions options, int vocabulary, IEnumerable<(string Name, float[] Values)> parameters) =>
        new(options, vocabulary) { Parameters = [.. parameters.Select(p => (p.Name, p.Values.ToDoubles()))] };

    /// <summary>States before the first step: zeros.</summary>
    public (double[] H, double[] C)[] ZeroState(int batch) =>
        [.. Enumerable.Range(0, options.Layers).Select(_ => (new double[batch * Width], new double[Cell == CellKind.Lstm ? batch * options.Hidden : 0]))];

    /// <summary>Losses [T,B] in nats, the activation penalties, logits [T,B,V] and the states after the last step.</summary>
    public (double[] Losses, double Penalty, double[] Logits, (double[] H, double[] C)[] State) Forward(
        int steps, int batch, int[] tokens, int[] targets, (double[] H, double[] C)[] state, DropoutKey? mask = null)
    {
        int rows = steps * batch, last = options.Layers - 1;
        double[] x = Drop(Input(rows, tokens, mask), options.InputDropout, DropoutSite.Input, 0, batch, mask);
        double[] h = [];
        var after = new (double[] H, double[] C)[options.Layers];
        for (int n = 0; n < options.Layers; n++)
        {
            RecurrentShape shape = new(Cell, steps, batch, x.Length / rows, options.Hidden, Width);
            RecurrentTrace trace = ReferenceRecurrence.Forward(new(shape, CellOptions(), Layer(n, mask), Masks(shape, n, mask), [], x, state[n].H, state[n].C));
            after[n] = (trace.Hidden[^state[n].H.Length..], trace.Cell[^state[n].C.Length..]);
            h = trace.Hidden[state[n].H.Length..];
            x = Drop(h, n < last ? options.Dropout : options.OutputDropout, DropoutSite.LayerOutput, n, batch, mask);
        }
        ReferenceSequences sequences = new(steps, batch, Width, []);
        double penalty = sequences.ActivationPenalty(x, options.ActivationPenalty, 0, new double[h.Length]).Loss
            + sequences.ActivationPenalty(h, 0, options.TemporalPenalty, new double[h.Length]).Loss;
        double[] linear = Tensor(options.Tie ? "embedding.weight" : "linear.weight");
        double[] product = ReferenceDense.Gemm(GemmLayout.NT, rows, vocabulary, Width, x, linear, null);
        double[] logits = ReferenceDense.AddBias(rows, vocabulary, Tensor("linear.bias"), product);
        return (ReferenceLoss.SoftmaxCrossEntropy(rows, vocabulary, logits, targets, 1).Losses, penalty, logits, after);
    }

    private double[] Input(int rows, int[] tokens, DropoutKey? mask) => options.Embedding > 0
        ? ReferenceDense.EmbeddingForward(
            rows, options.Embedding, tokens, Tensor("embedding.weight"), Mask(vocabulary, options.EmbeddingDropout, DropoutSite.Embedding, 0, mask) is { Length: > 0 } drawn ? drawn : Ones(vocabulary))
        : ReferenceDense.OneHot(rows, vocabulary, tokens);

    private CellOptions CellOptions() => new(
        options.Peepholes, options.Coupled, options.LayerNorm, (float)options.CellClip, (float)options.Zoneout, (float)options.ZoneoutCell);

    private RecurrentParameters Layer(int n, DropoutKey? mask)
    {
        double[] Of(string name) => Find($"{options.Cell.Split('-')[0]}.{name}_l{n}");
        double[] weightHh = Of("weight_hh");
        double[] kept = Mask(weightHh.Length, options.WeightDrop, DropoutSite.Weight, 2 * n, mask);
        return new(
            Of("weight_ih"), kept.Length == 0 ? weightHh : [.. weightHh.Zip(kept, (w, k) => w * k)], Of("bias_ih"), Of("bias_hh"), Of("weight_hr"),
            Of("weight_peephole"), Of("norm_ih"), Of("norm_hh"), Of("norm_cell"), Of("norm_cell_bias"));
    }

    private RecurrentMaskValues Masks(RecurrentShape shape, int n, DropoutKey? mask) => new(
        Mask(shape.B * shape.P, options.HiddenDropout, DropoutSite.Hidden, 2 * n, mask),
        Mask(shape.Rows * shape.H, options.RecurrentDropout, DropoutSite.Candidate, 2 * n, mask),
        Mask(shape.Rows * shape.P, options.Zoneout, DropoutSite.ZoneoutHidden, 2 * n, mask),
        Mask(shape.Rows * shape.H, options.ZoneoutCell, DropoutSite.ZoneoutCell, 2 * n, mask));

    private double[] Drop(double[] x, double probability, uint kind, int place, int batch, DropoutKey? mask)
    {
        if (mask is not { } key || probability == 0)
        {
            return x;
        }
        DropoutKey site = key with { Site = DropoutSite.Of(kind, place) };
        int width = kind == DropoutSite.Input ? (options.Embedding > 0 ? options.Embedding : vocabulary) : Width;
        return options.Variational
            ? ReferenceDropout.ApplyPeriodic(x, (float)probability, site, batch * width)
            : ReferenceDropout.Apply(x, (float)probability, site);
    }

    // Empty where nothing is drawn.
    private static double[] Mask(int length, double probability, uint kind, int place, DropoutKey? mask) => mask is { } key && probability > 0
        ? ReferenceDropout.Apply(Ones(length), (float)probability, key with { Site = DropoutSite.Of(kind, place) })
        : [];

    private static double[] Ones(int length) => [.. Enumerable.Repeat(1.0, length)];

    private double[] Tensor(string name) => Parameters.Single(p => p.Name == name).Values;

    private double[] Find(string name) => Parameters.FirstOrDefault(p => p.Name == name).Values ?? [];
}
