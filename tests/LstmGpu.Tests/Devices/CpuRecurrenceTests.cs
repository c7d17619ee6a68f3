using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

/// <summary>What the contract's small shapes do not reach on the cpu: many threads, windows of several chunks, memory.</summary>
public sealed class CpuRecurrenceTests
{
    // All options of the LSTM with a projection, both GRUs with masks, the RNN.
    private static readonly RecurrentVariant[] Variants =
    [
        .. RecurrentExamples.AndProjected.Where(variant => variant.Projection).TakeLast(1),
        new(CellKind.Lstm, new(Peephole: true, LayerNorm: true)),
        new(CellKind.Gru, new(ZoneoutHidden: 0.3f), HiddenMask: true),
        new(CellKind.GruResetBefore, HiddenMask: true),
        new(CellKind.RnnTanh),
    ];

    [Theory]
    [InlineData(17)] // shared by rows
    [InlineData(3)]  // shared by units
    public void Recurrence_GivesTheSameBits_HoweverManyThreads(int batch)
    {
        foreach (RecurrentVariant variant in Variants)
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t: 5, batch, i: 17, h: 70, bias: true, lengths: true, seed: 71);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 72);
            float[]? expected = null;
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                using IBackend backend = DeviceUnderTest.Open("cpu", threads);
                float[] actual = [.. backend.Recurrent(inputs, upstream, before).SelectMany(values => values)];
                Near.SameBits($"{variant}, {batch} rows, {threads} threads", expected ??= actual, actual);
            }
        }
    }

    [Fact]
    public void Recurrence_MatchesReference_OverMoreStepsThanTheCacheHolds()
    {
        using IBackend backend = DeviceUnderTest.Open("cpu");
        foreach (RecurrentVariant variant in Variants)
        {
            // 4 MB of gate gradients are 40 steps of an LSTM, 54 of a GRU.
            (RecurrentInputs inputs, RecurrentUpstream upstream) = Long(variant);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 74);
            var expected = ReferenceRecurrence.Results(inputs, upstream, before);
            RecurrentTolerances tolerances = new(inputs, upstream, before, expected);

            IReadOnlyList<float[]> actual = backend.Recurrent(inputs, upstream, before);

            foreach (((string name, double[] values), float[] found) in expected.Zip(actual))
            {
                Near.Equal($"{name}, {variant}", values, found, tolerances[name]);
            }
        }
    }

    [Fact]
    public void PaddingOfTheLstm_NeverChangesABit_OverMoreStepsThanTheCacheHolds()
    {
        using IBackend backend = DeviceUnderTest.Open("cpu");
        (RecurrentInputs inputs, RecurrentUpstream upstream) = Long(new(CellKind.Lstm));

        LstmOutputs clean = Lstm(backend, inputs, upstream);
        LstmOutputs padded = Lstm(
            backend, inputs with { X = PaddedWithNaN(inputs, inputs.X) }, upstream with { DHidden = PaddedWithNaN(inputs, upstream.DHidden) });

        Near.SameBits("padding", clean.All, padded.All);
    }

    [Fact]
    public void Passes_AllocateNothing()
    {
        using IBackend backend = DeviceUnderTest.Open("cpu", threads: 2);
        List<DeviceBuffer> buffers = [];
        DeviceSlice<float> New(long length)
        {
            buffers.Add(backend.Allocate("test", sizeof(float) * (length + 1)));
            return new(buffers[^1], 0, length);
        }
        RecurrentShape shape = new(CellKind.Lstm, T: 3, B: 4, I: 5, H: 17, P: 7);
        CellOptions options = new(Peephole: true, LayerNorm: true, CellClip: 3, ZoneoutHidden: 0.1f, ZoneoutCell: 0.1f);
        int width = shape.GateWidth;
        RecurrentWeights Weights() => new(
            New(width * shape.I), New(width * shape.P), New(width), New(width), New(shape.P * shape.H), New(3 * shape.H), New(width), New(width), New(shape.H),
            New(shape.H));
        (RecurrentWeights weights, RecurrentWeights dWeights) = (Weights(), Weights());
        DeviceSlice<float> packed = New(backend.RecurrentPackedBytes(shape, options) / sizeof(float));
        DeviceSlice<float> workspace = New(backend.RecurrentWorkspaceBytes(shape, options) / sizeof(float));
        DeviceSlice<float> x = New(shape.Rows * shape.I);
        DeviceSlice<float> History(int columns) => New((shape.T + 1) * shape.B * columns);
        DeviceSlice<float> Steps(int columns) => New(shape.Rows * columns);
        RecurrentReserve reserve = new(
            History(shape.P), History(shape.H), Steps(width), Steps(width), default, default, Steps(shape.H), Steps(width), Steps(shape.H), Steps(3));
        RecurrentGradients gradients = new(dWeights, Steps(shape.P), Steps(shape.I), New(shape.B * shape.P), New(shape.B * shape.H), workspace);
        DeviceSlice<int> lengths = new(New(shape.B).Buffer, 0, shape.B);
        void Step()
        {
            backend.RecurrentPack(shape, options, weights, packed);
            backend.RecurrentForward(shape, options, x, weights, packed, reserve, default, workspace, lengths);
            backend.RecurrentBackward(shape, options, x, weights, packed, reserve, default, gradients, lengths);
            backend.CopySequence(shape.T, shape.B, shape.I, reverse: true, lengths, x, shape.I, gradients.DX, shape.I, accumulate: true);
            backend.LastState(shape.B, shape.P, reserve.Hidden, lengths, gradients.DStateH);
        }
        Step();

        Assert.Equal(0, Allocations.Of(Step));

        buffers.ForEach(buffer => buffer.Dispose());
    }

    // Without the clip: of so many cells one comes near enough to its edge for a rounding to carry it over.
    private static (RecurrentInputs Inputs, RecurrentUpstream Upstream) Long(RecurrentVariant variant) => RecurrentExamples.Case(
        variant with { Options = variant.Options with { CellClip = 0 } }, t: 60, b: 64, i: 7, h: 100, bias: true, lengths: true, seed: 73);

    private static LstmOutputs Lstm(IBackend backend, RecurrentInputs inputs, RecurrentUpstream upstream)
    {
        RecurrentParameters p = inputs.Parameters;
        return backend.Lstm(
            new(inputs.Shape.AsLstm(), inputs.X, p.WeightIh, p.WeightHh, p.BiasIh, p.BiasHh, inputs.H0, inputs.C0),
            LstmUpstream.Zeroed(inputs.Shape.AsLstm(), upstream.DHidden, upstream.DStateH, upstream.DStateC),
            lengths: inputs.Lengths);
    }

    private static double[] PaddedWithNaN(RecurrentInputs inputs, double[] values)
    {
        int width = values.Length / inputs.Shape.Rows;
        return [.. values.Select((value, n) => n / width / inputs.Shape.B < inputs.LengthOf(n / width % inputs.Shape.B) ? value : double.NaN)];
    }
}
