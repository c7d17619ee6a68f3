using LstmGpu.Tests.Devices;
using Xunit;
using static LstmGpu.Tests.Layers.RecurrentUnderTest;

namespace LstmGpu.Tests.Layers;

/// <summary>The layers that other programs construct, on every device.</summary>
public sealed class RecurrentTests
{
    // Sums of at most 40 terms of order 1, each rounded to 2⁻²⁴, through at most 7 steps and 2 layers
    private const double Tolerance = 40 * 14 / 16777216.0;

    private const int T = 4, B = 3, I = 3, H = 5;

    private static readonly LstmOptions Plain = new() { InputSize = I, HiddenSize = H };

    public static TheoryData<string> Devices => BackendContract.Devices;

    public static TheoryData<string, string> DevicesAndCells
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                foreach (string cell in Cells.Keys)
                {
                    data.Add(device, cell);
                }
            }
            return data;
        }
    }

    private static Dictionary<string, RecurrentOptions> Cells { get; } = new()
    {
        ["lstm"] = Plain,
        ["lstm, projected, with peepholes"] = Plain with { ProjectionSize = 2, Peepholes = true },
        ["lstm, normalised"] = Plain with { LayerNorm = true },
        ["gru"] = new GruOptions { InputSize = I, HiddenSize = H },
        ["gru, reset before"] = new GruOptions { InputSize = I, HiddenSize = H, ResetAfter = false },
        ["rnn"] = new RnnOptions { InputSize = I, HiddenSize = H },
    };

    [SkippableTheory]
    [MemberData(nameof(DevicesAndCells))]
    public void Forward_InTwoParts_WithTheStateCarried_IsTheWhole(string name, string cell)
    {
        using Device device = Open(name);
        RecurrentOptions options = Cells[cell] with { Layers = 2 };
        using Recurrent layer = Create(device, options);
        float[] x = Uniform(T * B * I, 11);
        RecurrentState before = State(options, B, 12);

        RecurrentOutput whole = layer.Forward(x, T, B, before);
        RecurrentOutput first = layer.Forward(x.AsSpan(0, B * I), 1, B, before);
        RecurrentOutput second = layer.Forward(x.AsSpan(B * I), T - 1, B, first.State);

        Same("output", whole.Output, [.. first.Output, .. second.Output]);
        Same("h", whole.State.Hidden, second.State.Hidden);
        Same("c", whole.State.Cell, second.State.Cell);
        Assert.Equal(whole.Output[^(B * Width(options))..], whole.State.Hidden[^(B * Width(options))..]);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void BatchFirst_IsTheTransposed(string name)
    {
        using Device device = Open(name);
        LstmOptions options = Plain with { Bidirectional = true, Layers = 2 };
        using Recurrent timeMajor = Create(device, options), batchFirst = Create(device, options with { BatchFirst = true });
        float[] x = Uniform(T * B * I, 13), dy = Uniform(T * B * 2 * H, 14);
        int[] lengths = [2, 0, T];

        RecurrentOutput expected = timeMajor.Forward(x, T, B, lengths: lengths), actual = batchFirst.Forward(Swap(x, T, B, I), T, B, lengths: lengths);
        RecurrentGradient dExpected = timeMajor.Backward(dy), dActual = batchFirst.Backward(Swap(dy, T, B, 2 * H));

        Near.SameBits("output", Swap(expected.Output, T, B, 2 * H), actual.Output);
        Near.SameBits("h", expected.State.Hidden, actual.State.Hidden);
        Near.SameBits("dX", Swap(dExpected.Input, T, B, I), dActual.Input);
        Near.SameBits("gradients", Gradients(timeMajor), Gradients(batchFirst));
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndCells))]
    public void RowsOfEveryLength_AreWhatEachIsAlone(string name, string cell)
    {
        using Device device = Open(name);
        RecurrentOptions options = Cells[cell] with { Layers = 2, Bidirectional = true };
        int width = OutputWidth(options), places = 4;
        using Recurrent together = Create(device, options), alone = Create(device, options);
        int[] lengths = [2, 0, T];
        float[] x = Uniform(T * B * I, 15), dy = Uniform(T * B * width, 16);
        RecurrentState before = State(options, B, 17), dAfter = State(options, B, 19);
        for (int n = 0; n < T * B; n++)
        {
            if (n / B >= lengths[n % B])
            {
                // What stands beyond a row's last step must not matter, whatever it is.
                x.AsSpan(n * I, I).Fill(float.NaN);
                dy.AsSpan(n * width, width).Fill(float.NaN);
            }
        }

        RecurrentOutput output = together.Forward(x, T, B, before, lengths);
        RecurrentGradient gradient = together.Backward(dy, dAfter);

        for (int b = 0; b < B; b++)
        {
            RecurrentState own = RowOf(before, b), dOwn = RowOf(dAfter, b);
            if (lengths[b] == 0)
            {
                Near.SameBits("h of an empty row", own.Hidden, RowOf(output.State, b).Hidden);
                Near.SameBits("c of an empty row", own.Cell, RowOf(output.State, b).Cell);
                Near.SameBits("dh of an empty row", dOwn.Hidden, RowOf(gradient.State, b).Hidden);
                Assert.All(Row(output.Output, b, B, width, T), value => Assert.Equal(0, value));
                continue;
            }
            RecurrentOutput expected = alone.Forward(Row(x, b, B, I, lengths[b]), lengths[b], 1, own);
            RecurrentGradient dExpected = alone.Backward(Row(dy, b, B, width, lengths[b]), dOwn);
            float[] row = Row(output.Output, b, B, width, T);
            Same($"output of row {b}", expected.Output, row[..(lengths[b] * width)]);
            Assert.All(row[(lengths[b] * width)..], value => Assert.Equal(0, value));
            Same($"h of row {b}", expected.State.Hidden, RowOf(output.State, b).Hidden);
            Same($"c of row {b}", expected.State.Cell, RowOf(output.State, b).Cell);
            float[] dX = Row(gradient.Input, b, B, I, T);
            Same($"dX of row {b}", dExpected.Input, dX[..(lengths[b] * I)]);
            Assert.All(dX[(lengths[b] * I)..], value => Assert.Equal(0, value));
            Same($"dh of row {b}", dExpected.State.Hidden, RowOf(gradient.State, b).Hidden);
            Same($"dc of row {b}", dExpected.State.Cell, RowOf(gradient.State, b).Cell);
        }
        Same("gradients of the parameters", Gradients(alone), Gradients(together));

        RecurrentState RowOf(RecurrentState state, int b) =>
            new(Row(state.Hidden, b, B, Width(options), places), state.Cell.Length == 0 ? [] : Row(state.Cell, b, B, H, places));
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndCells))]
    public void Bidirectional_IsTwoRunsSideBySide(string name, string cell)
    {
        using Device device = Open(name);
        RecurrentOptions options = Cells[cell];
        using Recurrent both = Create(device, options with { Bidirectional = true });
        using Recurrent forward = Copy(device, options, both), backward = Copy(device, options, both, own => own + "_reverse");
        float[] x = Uniform(T * B * I, 21);
        int p = Width(options);

        float[] output = both.Forward(x, T, B).Output;
        float[] ahead = forward.Forward(x, T, B).Output, back = Backwards(backward.Forward(Backwards(x), T, B).Output);

        Same("output", [.. ahead.Chunk(p).Zip(back.Chunk(p), (left, right) => (float[])[.. left, .. right]).SelectMany(row => row)], output);

        static float[] Backwards(float[] sequence) => [.. sequence.Chunk(sequence.Length / T).Reverse().SelectMany(step => step)];
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndCells))]
    public void BiasOff_IsABiasOfZero(string name, string cell)
    {
        using Device device = Open(name);
        RecurrentOptions options = Cells[cell];
        using Recurrent with = Create(device, options), without = Copy(device, options with { Bias = false }, with);
        foreach (Parameter bias in with.Parameters.Where(p => p.Name.StartsWith("bias", StringComparison.Ordinal)))
        {
            bias.Write(new float[bias.Count]);
        }
        Assert.DoesNotContain(without.Parameters, p => p.Name.StartsWith("bias", StringComparison.Ordinal));

        float[] x = Uniform(T * B * I, 22), dy = Uniform(T * B * Width(options), 23);
        Same("output", with.Forward(x, T, B).Output, without.Forward(x, T, B).Output);
        Same("dX", with.Backward(dy).Input, without.Backward(dy).Input);
        Assert.All(without.Parameters, p => Same(p.Name, Gradient(with, p.Name), Gradient(without, p.Name)));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LongerWindowsAndOtherBatches_KeepParametersAndGradients(string name)
    {
        using Device device = Open(name);
        LstmOptions options = Plain with { Layers = 2, Bidirectional = true, WeightDrop = 0.2, Peepholes = true };
        using Recurrent layer = Create(device, options), fresh = Create(device, options);
        float[] small = Uniform(2 * 2 * I, 24), large = Uniform(7 * 2 * I, 25), other = Uniform(2 * 5 * I, 26);
        layer.Forward(small, 2, 2);
        layer.Backward(Uniform(2 * 2 * 2 * H, 27));
        float[] gradients = Gradients(layer);

        foreach ((float[] x, int steps, int batch) in ((float[], int, int)[])[(large, 7, 2), (small, 2, 2), (other, 2, 5)])
        {
            Near.SameBits($"output of {steps} steps, batch {batch}", fresh.Forward(x, steps, batch).Output, layer.Forward(x, steps, batch).Output);
            Near.SameBits("gradients", gradients, Gradients(layer));
        }
        Assert.All(layer.Parameters, p => Near.SameBits(p.Name, Values(fresh, p.Name), Values(layer, p.Name)));
    }

    [SkippableTheory]
    [MemberData(nameof(DevicesAndCells))]
    public void Gradients_AccumulateUntilTheyAreCleared(string name, string cell)
    {
        using Device device = Open(name);
        RecurrentOptions options = Cells[cell] with { Layers = 2 };
        using Recurrent layer = Create(device, options);
        float[] x = Uniform(T * B * I, 28), dy = Uniform(T * B * Width(options), 29);
        void Pass()
        {
            layer.Forward(x, T, B);
            layer.Backward(dy);
        }

        Pass();
        float[] once = Gradients(layer);
        Assert.All(layer.Parameters, p => Assert.Contains(Gradient(layer, p.Name), value => value != 0));
        Pass();
        Same("gradients of two passes", [.. once.Select(value => 2 * value)], Gradients(layer));
        layer.ClearGradients();
        Assert.All(Gradients(layer), value => Assert.Equal(0, value));
        Pass();
        Near.SameBits("gradients after clearing", once, Gradients(layer));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LayerOutput_IsWhatThatManyLayersGive(string name)
    {
        using Device device = Open(name);
        GruOptions options = new() { InputSize = I, HiddenSize = H, Layers = 3, Bidirectional = true, BatchFirst = true };
        using Recurrent layer = Create(device, options), two = Copy(device, options with { Layers = 2 }, layer);
        float[] x = Uniform(T * B * I, 31);
        int[] lengths = [T, 1, 0];

        float[] output = layer.Forward(x, T, B, lengths: lengths).Output;
        Near.SameBits("layer 2", output, layer.LayerOutput(2));
        Near.SameBits("layer 1", two.Forward(x, T, B, lengths: lengths).Output, layer.LayerOutput(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => layer.LayerOutput(3));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Masks_FollowFromSeedAndStep_AndAreOffAtEvaluation(string name)
    {
        using Device device = Open(name);
        LstmOptions dropped = Plain with
        {
            Layers = 2,
            Bidirectional = true,
            Dropout = 0.3,
            InputDropout = 0.2,
            OutputDropout = 0.2,
            HiddenDropout = 0.3,
            RecurrentDropout = 0.2,
            WeightDrop = 0.3,
        };
        using Recurrent layer = Create(device, dropped), again = Create(device, dropped), plain = Create(device, Plain with { Layers = 2, Bidirectional = true });
        float[] x = Uniform(T * B * I, 32), dy = Uniform(T * B * 2 * H, 33);

        float[] first = layer.Forward(x, T, B, masks: new(5, 1)).Output;
        RecurrentGradient dFirst = layer.Backward(dy);
        Assert.NotEqual(first, layer.Forward(x, T, B, masks: new(5, 2)).Output);
        Assert.NotEqual(first, layer.Forward(x, T, B, masks: new(6, 1)).Output);
        Same("evaluation", plain.Forward(x, T, B).Output, layer.Forward(x, T, B).Output);
        // The same masks in another layer, and in this one after others.
        Near.SameBits("again, elsewhere", first, again.Forward(x, T, B, masks: new(5, 1)).Output);
        Near.SameBits("again", first, layer.Forward(x, T, B, masks: new(5, 1)).Output);
        Near.SameBits("dX again", dFirst.Input, layer.Backward(dy).Input);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Variational_DropsTheSameFeaturesAtEveryStep(string name)
    {
        using Device device = Open(name);
        GruOptions options = new() { InputSize = I, HiddenSize = 16, OutputDropout = 0.5, Variational = true };
        using Recurrent layer = Create(device, options);
        float[] output = layer.Forward(Uniform(T * B * I, 34), T, B, masks: new(1, 1)).Output;

        bool[][] dropped = [.. output.Select(value => value == 0).Chunk(B * 16)];
        Assert.All(dropped, step => Assert.Equal(dropped[0], step));
        Assert.Contains(true, dropped[0]);
        Assert.Contains(false, dropped[0]);
    }

    private static void Same(string what, float[] expected, float[] actual) =>
        Near.Equal(what, [.. expected.Select(value => (double)value)], actual, n => Tolerance * Math.Max(1, Math.Abs(expected[n])));
}
