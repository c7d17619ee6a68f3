using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using Xunit;

namespace LstmGpu.Tests.Reference;

/// <summary>The general recurrence in double precision, against central differences of its own forward pass, the plain LSTM and published properties.</summary>
public sealed class ReferenceRecurrenceTests
{
    // Five-point stencil: truncation (1e-4)⁴/30 · f⁽⁵⁾, where a norm of few small elements makes f⁽⁵⁾ large; rounding 2⁻⁵³·|L|·18/(12·1e-4) ≈ 1e-11.
    private const double Step = 1e-4;

    public static TheoryData<string> Cells => [.. Enum.GetNames<CellKind>()];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Backward_MatchesFiniteDifferences_OfEveryOptionAlone(string cell)
    {
        foreach (RecurrentVariant variant in RecurrentExamples.Variants.Where(variant => $"{variant.Cell}" == cell))
        {
            foreach (bool projection in variant.Cell == CellKind.Lstm ? [false, true] : (bool[])[false])
            {
                foreach (bool lengths in (bool[])[false, true])
                {
                    Check(variant with { Projection = projection }, bias: !lengths, lengths);
                }
            }
        }
    }

    [Fact]
    public void LstmBackward_MatchesFiniteDifferences_OfEveryPairOfOptions()
    {
        // Rows of an orthogonal array: over sixteen settings of twelve switches every pair of switches takes all four values.
        for (int row = 0; row < 16; row++)
        {
            bool On(int column) => int.PopCount(row & column) % 2 == 1;
            CellOptions options = new(On(1), On(2), On(4), On(8) ? 0.4f : 0, On(3) ? 0.3f : 0, On(5) ? 0.3f : 0);
            RecurrentVariant variant = new(CellKind.Lstm, options, HiddenMask: On(6), CandidateMask: On(7), Training: On(9), Projection: On(10));
            Check(variant, bias: On(12), lengths: On(15));
        }
    }

    [Fact]
    public void Forward_WithoutOptions_IsThePlainLstm()
    {
        LstmShape shape = new(T: 4, B: 3, I: 5, H: 7);
        UniformInputs uniform = new(81);
        LstmInputs lstm = LstmExamples.Inputs(shape, uniform);
        LstmTrace expected = ReferenceLstm.Forward(lstm);

        RecurrentTrace actual = ReferenceRecurrence.Forward(new(
            new(CellKind.Lstm, shape.T, shape.B, shape.I, shape.H, shape.H),
            default,
            new(lstm.WeightIh, lstm.WeightHh, lstm.BiasIh, lstm.BiasHh, [], [], [], [], [], []),
            RecurrentMaskValues.None,
            [],
            lstm.X,
            lstm.H0,
            lstm.C0));

        Near.Equal("hidden", expected.Hidden, actual.Hidden, _ => 1e-14);
        Near.Equal("cell", expected.Cell, actual.Cell, _ => 1e-14);
        Near.Equal("gates", expected.Gates, actual.Gates, _ => 1e-14);
    }

    [Fact]
    public void EveryCell_OfAShortRow_EndsAsTheRowWithoutPadding()
    {
        foreach (RecurrentVariant variant in RecurrentExamples.Variants)
        {
            (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, 4, 5, 2, 3, bias: true, lengths: true, seed: 82);
            for (int n = 0; n < inputs.X.Length; n++)
            {
                int step = n / (5 * 2), row = n / 2 % 5;
                inputs.X[n] = step < inputs.LengthOf(row) ? inputs.X[n] : double.NaN;
            }
            RecurrentTrace padded = ReferenceRecurrence.Forward(inputs);
            RecurrentGradientValues gradients = ReferenceRecurrence.Backward(inputs, padded, upstream);
            Assert.DoesNotContain(padded.Hidden, double.IsNaN);
            Assert.DoesNotContain(gradients.DX, double.IsNaN);
            Assert.All(gradients.Parameters.Named, tensor => Assert.DoesNotContain(tensor.Values, double.IsNaN));
            for (int row = 0; row < 5; row++)
            {
                int length = inputs.LengthOf(row), width = inputs.Shape.P;
                RecurrentTrace whole = ReferenceRecurrence.Forward(inputs with { Shape = inputs.Shape with { T = length }, Lengths = inputs.Lengths });
                int last = (length * 5 + row) * width;
                Assert.Equal(whole.Hidden[last..(last + width)], padded.Hidden[last..(last + width)]);
                if (length == 0)
                {
                    Assert.Equal(upstream.DStateH[(row * width)..((row + 1) * width)], gradients.DH0[(row * width)..((row + 1) * width)]);
                }
            }
        }
    }

    private static void Check(RecurrentVariant variant, bool bias, bool lengths)
    {
        (RecurrentInputs inputs, RecurrentUpstream upstream) = RecurrentExamples.Case(variant, t: 4, b: 5, i: 2, h: 3, bias, lengths, seed: 83, margin: 2e-3);
        RecurrentGradientValues analytic = ReferenceRecurrence.Backward(inputs, ReferenceRecurrence.Forward(inputs), upstream);
        foreach ((string name, double[] gradient, double[] numeric) in FiniteDifferences.Of(inputs, analytic, upstream, Step))
        {
            Near.EqualRelatively($"{name}, {variant}, bias {bias}, lengths {lengths}", numeric, gradient, relative: 1e-6, floor: 1e-4);
        }
    }
}
