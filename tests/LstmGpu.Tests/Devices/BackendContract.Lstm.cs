using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Tests.Reference;
using Xunit;

namespace LstmGpu.Tests.Devices;

public sealed partial class BackendContract
{
    public static TheoryData<string, int> LstmCases
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string device in DeviceUnderTest.Names)
            {
                foreach (int hidden in (int[])[1, 7, 16, 17, 64, 65, 130])
                {
                    cases.Add(device, hidden);
                }
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(LstmCases))]
    public void Lstm_MatchesReference_ForwardAndBackward(string device, int hidden)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (int t in (int[])[1, 2, 7])
        {
            foreach (int b in (int[])[1, 2, 5, 6, 7, 17])
            {
                foreach (int i in (int[])[1, 5, 17, 65])
                {
                    CheckLstm(backend, new(t, b, i, hidden));
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_MatchesReference_WhereALayerFillsSeveralTiles(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        CheckLstm(backend, new(T: 3, B: 33, I: 40, H: 257));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LstmBackward_WithoutDx_GivesTheSameOtherGradients(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (LstmShape shape in (LstmShape[])[new(2, 5, 17, 7), new(7, 17, 65, 65)])
        {
            UniformInputs uniform = new(61);
            LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
            LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);

            LstmOutputs with = backend.Lstm(inputs, upstream);
            LstmOutputs without = backend.Lstm(inputs, upstream, wantDx: false);

            Near.SameBits($"{shape.Sizes()}", (with with { DX = [] }).All, without.All);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LstmForward_WithForgetGateOpen_KeepsTheCellState(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        LstmShape shape = new(T: 7, B: 5, I: 17, H: 17);
        LstmInputs inputs = LstmExamples.Inputs(shape, new(62));
        // Pre-activations of ±1000 saturate the gates to exactly 1 and 0, and must not overflow on the way.
        Array.Clear(inputs.WeightIh);
        Array.Clear(inputs.WeightHh);
        Array.Clear(inputs.BiasHh);
        inputs.BiasIh.AsSpan(Gate.Input * shape.H, shape.H).Fill(-1000);
        inputs.BiasIh.AsSpan(Gate.Forget * shape.H, shape.H).Fill(1000);

        LstmOutputs outputs = backend.Lstm(inputs, LstmUpstream.Uniform(shape, new(63)));

        Near.Equal("c_T", inputs.C0, outputs.Cell[^inputs.C0.Length..], 0);
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LstmBackward_MatchesFiniteDifferences_ForEveryParameterAndState(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (LstmShape shape in (LstmShape[])[new(1, 1, 1, 1), new(4, 2, 3, 5), new(7, 3, 5, 17)])
        {
            UniformInputs uniform = new(64);
            LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
            LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);
            (double[] u, double[] v, double[] w) = (upstream.DHidden, upstream.DStateH, upstream.DStateC);

            LstmOutputs outputs = backend.Lstm(inputs, LstmUpstream.Zeroed(shape, u, v, w));

            LstmGradientValues analytic = new(
                outputs.DGates.ToDoubles(),
                outputs.DX.ToDoubles(),
                outputs.DWeightIh.ToDoubles(),
                outputs.DWeightHh.ToDoubles(),
                outputs.DBiasIh.ToDoubles(),
                outputs.DBiasHh.ToDoubles(),
                outputs.DStateH.ToDoubles(),
                outputs.DStateC.ToDoubles());
            foreach ((string name, double[] gradient, double[] numeric) in FiniteDifferences.Of(inputs, analytic, u, v, w))
            {
                // The promise is 1e-3. A float32 gradient carries an absolute error near 1e-6 of its tensor's largest element, whatever its own size;
                // elements below 1/100 of the largest are held to that element's 1e-5.
                Near.EqualRelatively($"{name}, {shape.Sizes()}", numeric, gradient, relative: 1e-3, floor: 1e-2);
            }
        }
    }

    internal static void CheckLstm(IBackend backend, LstmShape shape)
    {
        UniformInputs uniform = new(65);
        LstmInputs inputs = LstmExamples.Inputs(shape, uniform);
        LstmUpstream upstream = LstmUpstream.Uniform(shape, uniform);
        LstmTrace trace = ReferenceLstm.Forward(inputs);
        LstmGradientValues gradients = ReferenceLstm.Backward(inputs, trace, upstream.DHidden, upstream.DStateH, upstream.DStateC);

        LstmOutputs actual = backend.Lstm(inputs, upstream);

        // Forward. A pre-activation sums K = I + H + 2 products of a uniform in ±1 and one in ±1/√H: ‖terms‖₂ ≈ √(K/9H), error √K·u·√(K/9H)
        // = u·K/(3√H). σ and tanh do not amplify it and add a few u of their own. Through h and c it reaches later steps undiminished at worst: T.
        // c = 8: an exp of 2 ulp, σ or tanh made of it, and the products of the cell update.
        double k = shape.I + shape.H + 2;
        double forward = 8 * shape.T * U * (1 + k / (3 * Math.Sqrt(shape.H)));
        Near.Equal($"hidden, {shape.Sizes()}", trace.Hidden, actual.Hidden, forward);
        Near.Equal($"cell, {shape.Sizes()}", trace.Cell, actual.Cell, forward * (1 + shape.T / 4.0));
        Near.Equal($"gates, {shape.Sizes()}", trace.Gates, actual.Gates, forward);

        // Backward. Each step's dh sums 4H products of a gate gradient and a weight in ±1/√H: error u·√4H·‖terms‖ ≤ u·√4H·√(4/3)·G with G the
        // largest gate gradient; T steps of it, and the forward error as a factor of every gate gradient.
        double g = Math.Max(1, gradients.DGates.Max(Math.Abs));
        double step = forward + 8 * shape.T * U * Math.Sqrt(4 * shape.H);
        Near.Equal($"dGates, {shape.Sizes()}", gradients.DGates, actual.DGates, step * g);
        Near.Equal($"dStateH, {shape.Sizes()}", gradients.DH0, actual.DStateH, step * 2 * g);
        Near.Equal($"dStateC, {shape.Sizes()}", gradients.DC0, actual.DStateC, step * 2 * g);
        Near.Equal($"dX, {shape.Sizes()}", gradients.DX, actual.DX, step * 2 * g);

        // Weight gradients sum T·B products of a gate gradient and an input of at most 1 onto what is there: errors of the terms add as √(T·B),
        // and the summation itself gives c·√(TB+1)·u·‖terms‖ with ‖terms‖ ≤ √(TB+1)·G.
        double rows = shape.Rows + 1;
        double weights = Math.Sqrt(rows) * step * g + C * rows * U * g;
        Near.Equal($"dWeightIh, {shape.Sizes()}", Added(upstream.DWeightIh, gradients.DWeightIh), actual.DWeightIh, weights);
        Near.Equal($"dWeightHh, {shape.Sizes()}", Added(upstream.DWeightHh, gradients.DWeightHh), actual.DWeightHh, weights);
        Near.Equal($"dBiasIh, {shape.Sizes()}", Added(upstream.DBiasIh, gradients.DBiasIh), actual.DBiasIh, weights);
        Near.Equal($"dBiasHh, {shape.Sizes()}", Added(upstream.DBiasHh, gradients.DBiasHh), actual.DBiasHh, weights);
    }

    private static double[] Added(float[] before, double[] gradient) => [.. before.Zip(gradient, (a, b) => a + b)];
}
