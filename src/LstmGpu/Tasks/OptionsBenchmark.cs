using System.Diagnostics;
using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu.Tasks;

/// <summary>Times every cell and option beside the plain LSTM, as <c>lstmgpu bench options</c>: what leaving the plain layer costs.</summary>
public static class OptionsBenchmark
{
    private const string Plain = "lstm";

    /// <summary>
    /// Forward and backward with all gradients, masks drawn and weights packed, in <paramref name="repeat"/> rounds in which each variant runs once: a ratio
    /// is the median over the rounds of a variant's time to the plain layer's in the same round, so that drift of the machine cancels.
    /// </summary>
    /// <exception cref="ConfigurationException">A size below 1.</exception>
    public static IReadOnlyList<OptionsBenchmarkRow> Run(LstmBenchmarkShape shape, DeviceOptions device, int repeat = 9, CancellationToken cancel = default)
    {
        shape.Check();
        if (shape.D != 1)
        {
            throw new ConfigurationException($"the shape asks for {shape.D} directions, expected 1: both directions are a variant of their own; leave the sixth number out");
        }
        using IBackend backend = DeviceCatalog.Open(device);
        (string Name, StackOptions Options, bool Lengths)[] variants = [.. Variants(shape)];
        double[][] times = [.. variants.Select(_ => new double[repeat])];
        List<Timed> timed = [];
        try
        {
            foreach ((_, StackOptions options, bool lengths) in variants)
            {
                timed.Add(new Timed(backend, shape, options, lengths));
            }
            for (int round = -1; round < repeat; round++)
            {
                for (int n = 0; n < timed.Count; n++)
                {
                    cancel.ThrowIfCancellationRequested();
                    double ms = timed[n].Milliseconds();
                    if (round >= 0)
                    {
                        times[n][round] = ms;
                    }
                }
            }
        }
        finally
        {
            timed.ForEach(t => t.Dispose());
        }
        double plainWork = Work(shape, variants[0].Options);
        return
        [
            .. variants.Select((variant, n) => new OptionsBenchmarkRow(
                variant.Name,
                Median(times[n]),
                Median([.. times[n].Zip(times[0], (own, plain) => own / plain / variant.Options.Directions)]),
                Work(shape, variant.Options) / plainWork / variant.Options.Directions)),
        ];
    }

    private static IEnumerable<(string, StackOptions, bool)> Variants(LstmBenchmarkShape shape)
    {
        StackOptions plain = new() { Layers = shape.L };
        yield return (Plain, plain, false);
        yield return ("lengths", plain, true);
        yield return ("bidirectional, per direction", plain with { Bidirectional = true }, false);
        yield return ("bidirectional with lengths, per direction", plain with { Bidirectional = true }, true);
        yield return ("zoneout of h and c", plain with { CellOptions = new(ZoneoutHidden: 0.1f, ZoneoutCell: 0.1f) }, false);
        yield return ("variational dropout of x and output", plain with { InputDropout = 0.3f, OutputDropout = 0.3f, Variational = true }, false);
        yield return ("variational dropout of h", plain with { HiddenDropout = 0.3f }, false);
        yield return ("recurrent dropout of g", plain with { RecurrentDropout = 0.3f }, false);
        yield return ("weight drop", plain with { WeightDrop = 0.3f }, false);
        yield return ("layer norm", plain with { CellOptions = new(LayerNorm: true) }, false);
        yield return ("peepholes", plain with { CellOptions = new(Peephole: true) }, false);
        yield return ("coupled gates", plain with { CellOptions = new(Coupled: true) }, false);
        yield return ("cell clip", plain with { CellOptions = new(CellClip: 3) }, false);
        if (shape.H > 1)
        {
            yield return ("projection to H/2", plain with { Projection = shape.H / 2 }, false);
        }
        yield return ("gru", plain with { Cell = CellKind.Gru }, false);
        yield return ("gru, reset before", plain with { Cell = CellKind.GruResetBefore }, false);
        yield return ("rnn, tanh", plain with { Cell = CellKind.RnnTanh }, false);
        yield return ("rnn, relu", plain with { Cell = CellKind.RnnRelu }, false);
    }

    // Multiply-adds of one step of one row, all layers and directions; backward has twice as many, in every variant.
    private static double Work(LstmBenchmarkShape shape, StackOptions options)
    {
        int outputs = options.Projection > 0 ? options.Projection : shape.H;
        double work = 0;
        for (int layer = 0; layer < shape.L; layer++)
        {
            int inputs = layer == 0 ? shape.I : outputs * options.Directions;
            var sizes = new RecurrentShape(options.Cell, 1, 1, inputs, shape.H, outputs);
            work += options.Directions * (((double)sizes.GateWidth * (inputs + outputs)) + (sizes.HasProjection ? (double)outputs * shape.H : 0));
        }
        return work;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values = [.. values]);
        return values.Length % 2 == 1 ? values[values.Length / 2] : (values[(values.Length / 2) - 1] + values[values.Length / 2]) / 2;
    }

    /// <summary>One variant with its memory, ready to run.</summary>
    private sealed class Timed : IDisposable
    {
        private static readonly float[] Element = new float[1];

        private readonly IBackend backend;
        private readonly LstmBenchmarkShape shape;
        private readonly ModelMemory memory = new(training: true);
        private readonly RecurrentStack stack;
        private readonly ArenaEntry input, dInput;
        private readonly DeviceBuffer lengthBuffer;
        private readonly DeviceSlice<int> lengths;

        public Timed(IBackend backend, LstmBenchmarkShape shape, StackOptions options, bool withLengths)
        {
            (this.backend, this.shape) = (backend, shape);
            stack = new RecurrentStack(backend, memory, "", shape.T, shape.B, shape.I, shape.H, options);
            input = memory.ReserveLayout.Add("input", shape.T, shape.B, shape.I);
            dInput = memory.WorkspaceLayout.Add("d_input", shape.T, shape.B, shape.I);
            memory.Allocate(backend);
            lengthBuffer = backend.Allocate("lengths", (long)shape.B * sizeof(int));
            if (withLengths)
            {
                // From 1 to T, in no order.
                lengths = new(lengthBuffer, 0, shape.B);
                backend.Upload<int>(shape.Lengths(), lengths);
            }
            var init = new Initialiser(backend, seed: 1);
            stack.Initialise(init, forgetBias: null);
            init.Normal(memory.Reserve, input);
        }

        public double Milliseconds()
        {
            long start = Stopwatch.GetTimestamp();
            DropoutKey key = new(Seed: 1, Step: 1, Site: 0);
            DeviceSlice<float> x = memory.Reserve[input], dX = memory.Workspace[dInput];
            backend.Fill(memory.Gradients.All, 0);
            stack.Pack();
            DeviceSlice<float> y = stack.Forward(shape.T, x, lengths, key);
            backend.Copy(y, stack.DOutput(shape.T));
            stack.ResetStateGradients();
            stack.Backward(shape.T, x, dX, lengths, key);
            backend.Download(dX.Slice(0, 1), Element); // waits
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        public void Dispose()
        {
            memory.Dispose();
            lengthBuffer.Dispose();
        }
    }
}

/// <summary>One variant beside the plain LSTM.</summary>
/// <param name="Variant">What differs from the plain layer.</param>
/// <param name="Ms">Median of forward and backward.</param>
/// <param name="Ratio">To the plain layer, the median over the rounds; per direction.</param>
/// <param name="Arithmetic">Multiply-adds of its products over those of the plain layer; per direction.</param>
public sealed record OptionsBenchmarkRow(string Variant, double Ms, double Ratio, double Arithmetic);
