using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    public static TheoryData<string, string> RecurrentCases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                // What options do to a projection is no matter of threads and barriers: the emulator takes the representative ones.
                var projected = AwkwardSizes.IsSlow(device) ? RecurrentExamples.Representative : RecurrentExamples.AndProjected;
                foreach (RecurrentVariant variant in RecurrentExamples.Variants.Union(projected))
                {
                    cases.Add(device, $"{variant}");
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(RecurrentCases))]
    public void Recurrence_MatchesReference_ForwardAndBackward(string device, string variant)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        RecurrentVariant tested = RecurrentExamples.AndProjected.Single(v => $"{v}" == variant);
        foreach ((int t, int b, int i, int h, bool bias, bool lengths) in AwkwardSizes.Recurrent(device, tested.IsPlain))
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(tested, t, b, i, h, bias, lengths, seed: 84);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 85);
            var expected = ReferenceRecurrence.Results(inputs, upstream, before);
            RecurrentTolerances tolerances = new(inputs, upstream, before, expected);

            IReadOnlyList<float[]> actual = backend.Recurrent(inputs, upstream, before);

            foreach (((string name, double[] values), float[] found) in expected.Zip(actual))
            {
                Near.Equal($"{name}, {variant}, {inputs.Shape.Sizes()} bias {bias} lengths [{string.Join(' ', inputs.Lengths)}]", values, found, tolerances[name]);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_WithLengths_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int t, int b, int i, int h, _, _) in AwkwardSizes.Recurrent(device, plain: true).DistinctBy(size => (size.T, size.B, size.I, size.H)))
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(new(CellKind.Lstm), t, b, i, h, bias: true, lengths: true, seed: 86);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 87);
            var expected = ReferenceRecurrence.Results(inputs, upstream, before);
            RecurrentTolerances tolerances = new(inputs, upstream, before, expected);
            for (int n = 0; n < t * b; n++)
            {
                if (n / b >= inputs.LengthOf(n % b))
                {
                    // The plain LSTM carries the cell by its forget gate.
                    expected[2].Values.AsSpan(n * 4 * h + Gate.Forget * h, h).Fill(1);
                }
            }

            IReadOnlyList<float[]> actual = Results(LstmOf(backend, inputs, upstream, before));

            foreach (((string name, double[] values), float[] found) in expected.Zip(actual))
            {
                Near.Equal($"{name}, {inputs.Shape.Sizes()} lengths [{string.Join(' ', inputs.Lengths)}]", values, found, tolerances[name]);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Recurrence_OfAnLstmWithoutOptions_IsThePlainLstm(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int t, int b, int i, int h) in AwkwardSizes.IsSlow(device) ? [(2, 3, 2, 7)] : ((int, int, int, int)[])[(4, 5, 17, 17), (4, 17, 7, 65)])
        {
            foreach (bool lengths in (bool[])[false, true])
            {
                (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(new(CellKind.Lstm), t, b, i, h, bias: true, lengths, seed: 88);
                RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 89);
                var exact = ReferenceRecurrence.Results(inputs, upstream, before);
                RecurrentTolerances tolerances = new(inputs, upstream, before, exact);

                IReadOnlyList<float[]> lstm = Results(LstmOf(backend, inputs, upstream, before)), recurrent = backend.Recurrent(inputs, upstream, before);

                for (int n = 0; n < exact.Count; n++)
                {
                    // At a padded step the gates differ: the plain LSTM opens its forget gate.
                    if (!(lengths && exact[n].Name == "gates"))
                    {
                        Near.Equal($"{exact[n].Name}, {inputs.Shape.Sizes()}", lstm[n].ToDoubles(), recurrent[n], 2 * tolerances[exact[n].Name]);
                    }
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Padding_NeverChangesABit(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        (int t, int b, int i, int h) = AwkwardSizes.IsSlow(device) ? (2, 3, 2, 3) : (4, 17, 5, 17);
        foreach (RecurrentVariant variant in Representatives(device))
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t, b, i, h, bias: true, lengths: true, seed: 94);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 95);
            RecurrentInputs padded = inputs with { X = WithPaddingOfNaN(inputs, inputs.X) };
            RecurrentUpstream paddedUpstream = upstream with { DHidden = WithPaddingOfNaN(inputs, upstream.DHidden) };

            Near.SameBits($"{variant}", All(backend.Recurrent(inputs, upstream, before)), All(backend.Recurrent(padded, paddedUpstream, before)));
        }
        (RecurrentInputs lstm, RecurrentUpstream lstmUpstream) = RecurrentExamples.Case(
            new(CellKind.Lstm), t, b, i, h, bias: true, lengths: true, seed: 94);
        Near.SameBits(
            "plain LSTM",
            LstmOf(backend, lstm, lstmUpstream, RecurrentExamples.Before(lstm, seed: 95)).All,
            LstmOf(
                backend,
                lstm with { X = WithPaddingOfNaN(lstm, lstm.X) },
                lstmUpstream with { DHidden = WithPaddingOfNaN(lstm, lstmUpstream.DHidden) },
                RecurrentExamples.Before(lstm, seed: 95)).All);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Recurrence_WithLengthsOfAllSteps_IsTheRecurrenceWithoutLengths(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        (int t, int b, int i, int h) = AwkwardSizes.IsSlow(device) ? (2, 3, 2, 7) : (4, 17, 5, 65);
        foreach (CellKind cell in Enum.GetValues<CellKind>())
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(new(cell), t, b, i, h, bias: true, lengths: false, seed: 96);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 97);
            RecurrentInputs whole = inputs with { Lengths = [.. Enumerable.Repeat(t, b)] };

            Near.SameBits($"{cell}", All(backend.Recurrent(inputs, upstream, before)), All(backend.Recurrent(whole, upstream, before)));
            if (cell == CellKind.Lstm)
            {
                Near.SameBits("plain LSTM", LstmOf(backend, inputs, upstream, before).All, LstmOf(backend, whole, upstream, before).All);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void RecurrentBackward_WithoutDx_GivesTheSameOtherGradients(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        (int t, int b, int i, int h) = AwkwardSizes.IsSlow(device) ? (1, 2, 2, 3) : (2, 5, 5, 17);
        foreach (RecurrentVariant variant in Representatives(device))
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t, b, i, h, bias: true, lengths: true, seed: 98);
            RecurrentParameters before = RecurrentExamples.Before(inputs, seed: 99);

            IReadOnlyList<float[]> with = backend.Recurrent(inputs, upstream, before), without = backend.Recurrent(inputs, upstream, before, wantDx: false);

            Near.SameBits($"{variant}", All(with.Where((_, n) => n != 4)), All(without));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void CopySequence_CopiesTurnsAndAdds_WithinEachRowsLength(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int steps, int batch, int width) in AwkwardSizes.IsSlow(device) ? [(1, 1, 1), (4, 5, 17)] : ((int, int, int)[])[(1, 1, 1), (4, 5, 17), (7, 17, 65)])
        {
            for (int n = 0; n < 16; n++)
            {
                (bool reverse, bool accumulate, bool hasLengths, bool strides) = ((n & 1) > 0, (n & 2) > 0, (n & 4) > 0, (n & 8) > 0);
                int[] lengths = hasLengths ? RecurrentExamples.Lengths(steps, batch) : [];
                (int from, int to) = strides ? (width + 3, 2 * width + 1) : (width, width);
                UniformInputs uniform = new(101);
                float[] source = uniform.Floats((steps * batch - 1) * from + width), destination = uniform.Floats((steps * batch - 1) * to + width);
                for (int m = 0; m < source.Length; m++)
                {
                    // Neither what lies between rows nor what lies behind a row's length may be read.
                    int row = m / from;
                    bool padded = m % from >= width || (hasLengths && row / batch >= lengths[row % batch]);
                    source[m] = padded ? float.NaN : source[m];
                }
                double[] expected = ReferenceSequence.CopySequence(
                    steps, batch, width, reverse, lengths, source.ToDoubles(), from, destination.ToDoubles(), to, accumulate);

                float[] actual = backend.CopySequence(steps, batch, width, reverse, lengths, source, from, destination, to, accumulate);

                string call = $"T={steps} B={batch} W={width} reverse {reverse} accumulate {accumulate} lengths {hasLengths} strides {from} {to}";
                Near.SameBits(call, GuardedLstm.Floats(expected), actual);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LastState_IsTheStateAfterEachRowsOwnLastStep(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach ((int steps, int batch, int width) in AwkwardSizes.IsSlow(device) ? [(1, 1, 1), (4, 5, 17)] : ((int, int, int)[])[(1, 1, 1), (4, 5, 17), (7, 17, 65)])
        {
            float[] history = new UniformInputs(102).Floats((steps + 1) * batch * width);
            int[] lengths = RecurrentExamples.Lengths(steps, batch);

            float[] state = backend.LastState(batch, width, history, lengths);

            Near.SameBits($"T={steps} B={batch} W={width}", GuardedLstm.Floats(ReferenceSequence.LastState(batch, width, history.ToDoubles(), lengths)), state);
        }
    }

    /// <summary>On the emulator, which takes long, those with all options.</summary>
    private static IEnumerable<RecurrentVariant> Representatives(string device) =>
        RecurrentExamples.Representative.Where((_, n) => n % 2 == 1 || !AwkwardSizes.IsSlow(device));

    private static float[] All(IEnumerable<float[]> results) => [.. results.SelectMany(values => values)];

    private static LstmOutputs LstmOf(IBackend backend, RecurrentInputs inputs, RecurrentUpstream upstream, RecurrentParameters before)
    {
        (RecurrentShape shape, RecurrentParameters p) = (inputs.Shape, inputs.Parameters);
        return backend.Lstm(
            new(shape.AsLstm(), inputs.X, p.WeightIh, p.WeightHh, p.BiasIh, p.BiasHh, inputs.H0, inputs.C0),
            new(
                upstream.DHidden,
                upstream.DStateH,
                upstream.DStateC,
                GuardedLstm.Floats(before.WeightIh),
                GuardedLstm.Floats(before.WeightHh),
                GuardedLstm.Floats(before.BiasIh),
                GuardedLstm.Floats(before.BiasHh)),
            lengths: inputs.Lengths.Length == 0 ? null : inputs.Lengths);
    }

    /// <summary>In the order of <see cref="ReferenceRecurrence.Results"/>.</summary>
    private static IReadOnlyList<float[]> Results(LstmOutputs o) =>
        [o.Hidden, o.Cell, o.Gates, o.DGates, o.DX, o.DStateH, o.DStateC, o.DWeightIh, o.DWeightHh, o.DBiasIh, o.DBiasHh, [], [], [], [], [], []];

    private static double[] WithPaddingOfNaN(RecurrentInputs inputs, double[] values)
    {
        int width = values.Length / inputs.Shape.Rows;
        return [.. values.Select((value, n) => n / width / inputs.Shape.B < inputs.LengthOf(n / width % inputs.Shape.B) ? value : double.NaN)];
    }
}
