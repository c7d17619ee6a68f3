using LstmGpu.Devices;
using LstmGpu.Devices.Reference;

namespace LstmGpu.Tests.Devices;

/// <summary>What a backend computed for one layer over one window, as the float arrays it left behind.</summary>
internal sealed record LstmOutputs(
    float[] Hidden,      // [T+1,B,H]
    float[] Cell,        // [T+1,B,H]
    float[] Gates,       // [T,B,4H] after forward
    float[] DGates,      // [T,B,4H] after backward
    float[] DX,          // [T,B,I], empty where nobody asked
    float[] DWeightIh,
    float[] DWeightHh,
    float[] DBiasIh,
    float[] DBiasHh,
    float[] DStateH,
    float[] DStateC)
{
    /// <summary>Everything in one array, to compare bits.</summary>
    public float[] All => [.. Hidden, .. Cell, .. Gates, .. DGates, .. DX, .. DWeightIh, .. DWeightHh, .. DBiasIh, .. DBiasHh, .. DStateH, .. DStateC];
}

/// <summary>The gradients that enter a backward pass, and what the weight gradients hold before it.</summary>
internal sealed record LstmUpstream(
    double[] DHidden,         // [T,B,H]
    double[] DStateH,         // [B,H]
    double[] DStateC,         // [B,H]
    float[] DWeightIh,        // [4H,I]
    float[] DWeightHh,        // [4H,H]
    float[] DBiasIh,          // [4H]
    float[] DBiasHh)          // [4H]
{
    public static LstmUpstream Zeroed(LstmShape shape, double[] dHidden, double[] dStateH, double[] dStateC) => new(
        dHidden, dStateH, dStateC, new float[shape.WeightIhLength], new float[shape.WeightHhLength], new float[shape.GateWidth], new float[shape.GateWidth]);

    public static LstmUpstream Uniform(LstmShape shape, UniformInputs uniform) => new(
        uniform.Floats((long)shape.Rows * shape.H).ToDoubles(),
        uniform.Floats((long)shape.B * shape.H).ToDoubles(),
        uniform.Floats((long)shape.B * shape.H).ToDoubles(),
        uniform.Floats(shape.WeightIhLength),
        uniform.Floats(shape.WeightHhLength),
        uniform.Floats(shape.GateWidth),
        uniform.Floats(shape.GateWidth));
}

/// <summary>Pack, forward and backward of one layer in guarded memory.</summary>
internal static class GuardedLstm
{
    /// <param name="lengths">Steps of each row; null: all.</param>
    /// <param name="trace">Where it is given, the backward pass reads this reserve instead of the one that forward left.</param>
    public static LstmOutputs Lstm(this IBackend backend, LstmInputs inputs, LstmUpstream upstream, bool wantDx = true, LstmTrace? trace = null, int[]? lengths = null)
    {
        LstmShape shape = inputs.Shape;
        using GuardedMemory memory = new(backend, $"LSTM {shape.Sizes()}");
        LstmWeights weights = new(
            memory.In("weightIh", Floats(inputs.WeightIh)),
            memory.In("weightHh", Floats(inputs.WeightHh)),
            memory.In("biasIh", Floats(inputs.BiasIh)),
            memory.In("biasHh", Floats(inputs.BiasHh)));
        DeviceSlice<float> packed = memory.Out("packed", backend.LstmPackedBytes(shape) / sizeof(float));
        DeviceSlice<float> x = memory.In("x", Floats(inputs.X));
        DeviceSlice<int> rowLengths = lengths is null ? default : memory.In("lengths", lengths);
        LstmReserve reserve = new(
            memory.InOut("hidden", WithInitialState(inputs.H0, shape)),
            memory.InOut("cell", WithInitialState(inputs.C0, shape)),
            memory.Out("gates", shape.GatesLength));

        backend.LstmPack(shape, weights, packed);
        backend.LstmForward(shape, x, weights, packed, reserve, rowLengths);
        float[] hidden = memory.Read(reserve.Hidden);
        float[] cell = memory.Read(reserve.Cell);
        float[] gates = memory.Read(reserve.Gates);
        if (trace is not null)
        {
            backend.Upload<float>(Floats(trace.Hidden), reserve.Hidden);
            backend.Upload<float>(Floats(trace.Cell), reserve.Cell);
            backend.Upload<float>(Floats(trace.Gates), reserve.Gates);
        }

        LstmGradients gradients = new(
            memory.In("dHidden", Floats(upstream.DHidden)),
            memory.Out("dX", wantDx ? (long)shape.Rows * shape.I : 0),
            memory.InOut("dWeightIh", upstream.DWeightIh),
            memory.InOut("dWeightHh", upstream.DWeightHh),
            memory.InOut("dBiasIh", upstream.DBiasIh),
            memory.InOut("dBiasHh", upstream.DBiasHh),
            memory.InOut("dStateH", Floats(upstream.DStateH)),
            memory.InOut("dStateC", Floats(upstream.DStateC)),
            memory.Out("workspace", backend.LstmWorkspaceBytes(shape) / sizeof(float)));
        backend.LstmBackward(shape, x, weights, packed, reserve, gradients, rowLengths);
        memory.CheckUntouched();
        if (trace is null)
        {
            Near.SameBits($"hidden after backward, {shape.Sizes()}", hidden, memory.Read(reserve.Hidden));
            Near.SameBits($"cell after backward, {shape.Sizes()}", cell, memory.Read(reserve.Cell));
        }
        return new(
            hidden,
            cell,
            gates,
            memory.Read(reserve.Gates),
            memory.Read(gradients.DX),
            memory.Read(gradients.DWeightIh),
            memory.Read(gradients.DWeightHh),
            memory.Read(gradients.DBiasIh),
            memory.Read(gradients.DBiasHh),
            memory.Read(gradients.DStateH),
            memory.Read(gradients.DStateC));
    }

    public static float[] Floats(double[] x) => Array.ConvertAll(x, value => (float)value);

    /// <summary>A history whose later slots are NaN until forward writes them.</summary>
    private static float[] WithInitialState(double[] state, LstmShape shape)
    {
        float[] history = new float[shape.HistoryLength];
        Array.Fill(history, float.NaN);
        Floats(state).CopyTo(history, 0);
        return history;
    }
}
