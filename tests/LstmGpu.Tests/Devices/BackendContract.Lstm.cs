using LstmGpu.Devices;
using LstmGpu.Devices.Reference;
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
                foreach (int hidden in AwkwardSizes.Lstm(device).Select(shape => shape.H).Distinct())
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
        foreach (LstmShape shape in AwkwardSizes.Lstm(device).Where(shape => shape.H == hidden))
        {
            CheckLstm(backend, shape);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_MatchesReference_WhereALayerFillsSeveralTiles(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        CheckLstm(backend, AwkwardSizes.IsSlow(device) ? new(T: 1, B: 5, I: 3, H: 65) : new(T: 3, B: 33, I: 40, H: 257));
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_MatchesReference_WhereTheBatchFillsTheDevice(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        CheckLstm(backend, AwkwardSizes.LstmThatFills(backend.Device));
    }

    // As Gemm_AroundOneTile: one row short of a tile of 16, and of 64.
    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Lstm_AroundOneTile_MatchesReference(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (LstmShape shape in (LstmShape[])[new(2, 15, 1, 16), new(2, 63, 1, 16), new(2, 1, 1, 15)])
        {
            CheckLstm(backend, shape);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void LstmBackward_WithoutDx_GivesTheSameOtherGradients(string device)
    {
        using IBackend backend = DeviceUnderTest.Open(device);
        foreach (LstmShape shape in AwkwardSizes.IsSlow(device) ? [new(2, 5, 17, 7)] : (LstmShape[])[new(2, 5, 17, 7), new(7, 17, 65, 65)])
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

        LstmTolerances tolerances = new(shape, gradients);
        Near.Equal($"hidden, {shape.Sizes()}", trace.Hidden, actual.Hidden, tolerances.Hidden);
        Near.Equal($"cell, {shape.Sizes()}", trace.Cell, actual.Cell, tolerances.Cell);
        Near.Equal($"gates, {shape.Sizes()}", trace.Gates, actual.Gates, tolerances.Gates);
        Near.Equal($"dGates, {shape.Sizes()}", gradients.DGates, actual.DGates, tolerances.DGates);
        Near.Equal($"dStateH, {shape.Sizes()}", gradients.DH0, actual.DStateH, tolerances.DInputs);
        Near.Equal($"dStateC, {shape.Sizes()}", gradients.DC0, actual.DStateC, tolerances.DInputs);
        Near.Equal($"dX, {shape.Sizes()}", gradients.DX, actual.DX, tolerances.DInputs);
        Near.Equal($"dWeightIh, {shape.Sizes()}", Added(upstream.DWeightIh, gradients.DWeightIh), actual.DWeightIh, tolerances.DWeights);
        Near.Equal($"dWeightHh, {shape.Sizes()}", Added(upstream.DWeightHh, gradients.DWeightHh), actual.DWeightHh, tolerances.DWeights);
        Near.Equal($"dBiasIh, {shape.Sizes()}", Added(upstream.DBiasIh, gradients.DBiasIh), actual.DBiasIh, tolerances.DWeights);
        Near.Equal($"dBiasHh, {shape.Sizes()}", Added(upstream.DBiasHh, gradients.DBiasHh), actual.DBiasHh, tolerances.DWeights);
    }

    private static double[] Added(float[] before, double[] gradient) => [.. before.Zip(gradient, (a, b) => a + b)];
}
