using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
using LstmGpu.Kernels;
using Xunit;

namespace LstmGpu.Tests.Reference;

/// <summary>The double-precision LSTM, against central finite differences of its own forward pass.</summary>
public sealed class ReferenceLstmTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 3, 2)]
    [InlineData(5, 2, 3, 4)]
    [InlineData(7, 3, 5, 7)]
    public void LstmBackward_MatchesFiniteDifferences_ForEveryParameterAndState(int t, int b, int i, int h)
    {
        UniformInputs uniform = new(11);
        LstmInputs inputs = LstmExamples.Inputs(new(t, b, i, h), uniform);
        double[] u = uniform.Floats(t * b * h).ToDoubles();
        double[] v = uniform.Floats(b * h).ToDoubles();
        double[] w = uniform.Floats(b * h).ToDoubles();

        LstmGradientValues analytic = ReferenceLstm.Backward(inputs, ReferenceLstm.Forward(inputs), u, v, w);

        // Five-point stencil, step 1e-3: truncation ≈ (1e-3)⁴/30 · f⁽⁵⁾, rounding ≈ 2⁻⁵³·|L|/1e-3 ≈ 1e-12, both far below 1e-6 of any gradient
        // that is at least 1e-4 of its tensor's largest.
        foreach ((string name, double[] gradient, double[] numeric) in FiniteDifferences.Of(inputs, analytic, u, v, w))
        {
            Near.EqualRelatively(name, numeric, gradient, relative: 1e-6, floor: 1e-4);
        }
    }

    [Fact]
    public void LstmForward_WithForgetGateOpenAndInputGateShut_KeepsTheCellState()
    {
        LstmShape shape = new(T: 3, B: 2, I: 2, H: 2);
        LstmInputs inputs = LstmExamples.Inputs(shape, new(3));
        Array.Clear(inputs.WeightIh);
        Array.Clear(inputs.WeightHh);
        Array.Clear(inputs.BiasHh);
        for (int unit = 0; unit < shape.H; unit++)
        {
            inputs.BiasIh[Gate.Input * shape.H + unit] = -1000;
            inputs.BiasIh[Gate.Forget * shape.H + unit] = 1000;
        }

        LstmTrace trace = ReferenceLstm.Forward(inputs);

        Assert.Equal(inputs.C0, trace.Cell[^inputs.C0.Length..]);
    }
}
