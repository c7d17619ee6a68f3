using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>One LSTM layer of a stack, with its state history. Parameters are named as PyTorch's nn.LSTM names them.</summary>
internal sealed class LstmLayer
{
    private readonly IBackend backend;
    private readonly ModelMemory memory;
    private readonly LstmShape largest;
    private readonly ArenaEntry weightIh, weightHh, biasIh, biasHh;
    private readonly ArenaEntry hidden, cell, gates, packed;

    /// <param name="prefix">Name of the stack, such as <c>lstm</c>; the empty string for bare PyTorch names.</param>
    /// <param name="index">Place in the stack, from 0.</param>
    /// <param name="largest">The longest window; every call has its batch and at most its steps.</param>
    public LstmLayer(IBackend backend, ModelMemory memory, string prefix, int index, LstmShape largest)
    {
        this.backend = backend;
        this.memory = memory;
        this.largest = largest;
        string dot = prefix.Length == 0 ? "" : prefix + ".";
        weightIh = memory.ParameterLayout.Add($"{dot}weight_ih_l{index}", largest.GateWidth, largest.I);
        weightHh = memory.ParameterLayout.Add($"{dot}weight_hh_l{index}", largest.GateWidth, largest.H);
        biasIh = memory.ParameterLayout.Add($"{dot}bias_ih_l{index}", largest.GateWidth);
        biasHh = memory.ParameterLayout.Add($"{dot}bias_hh_l{index}", largest.GateWidth);
        hidden = memory.ReserveLayout.Add($"hidden_l{index}", largest.T + 1, largest.B, largest.H);
        cell = memory.ReserveLayout.Add($"cell_l{index}", largest.T + 1, largest.B, largest.H);
        gates = memory.ReserveLayout.Add($"gates_l{index}", largest.T, largest.B, largest.GateWidth);
        packed = memory.PackedLayout.Add($"packed_l{index}", backend.LstmPackedBytes(largest) / sizeof(float));
    }

    private long StateLength => (long)largest.B * largest.H;

    /// <summary>h after each step, [T,B,H].</summary>
    public DeviceSlice<float> Output(int steps) => memory.Reserve[hidden].Slice(StateLength, steps * StateLength);

    /// <summary>h and c before the first step, [B,H] each.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) InitialState => StateAt(0);

    /// <summary>h and c after so many steps.</summary>
    public (DeviceSlice<float> H, DeviceSlice<float> C) StateAt(int steps) =>
        (memory.Reserve[hidden].Slice(steps * StateLength, StateLength), memory.Reserve[cell].Slice(steps * StateLength, StateLength));

    /// <summary>Must follow every change of the weights.</summary>
    public void Pack() => backend.LstmPack(largest, Weights(), memory.Packed[packed]);

    public void Forward(int steps, DeviceSlice<float> x) => backend.LstmForward(largest with { T = steps }, x, Weights(), memory.Packed[packed], Reserve(), lengths: default);

    /// <param name="dOutput">[T,B,H].</param>
    /// <param name="dX">[T,B,I], or the default where nobody asks.</param>
    /// <param name="dStateH">[B,H], as dStateC; in: gradients of the last state, out: of the first.</param>
    public void Backward(
        int steps, DeviceSlice<float> x, DeviceSlice<float> dOutput, DeviceSlice<float> dX, DeviceSlice<float> dStateH, DeviceSlice<float> dStateC, DeviceSlice<float> scratch)
    {
        Arena g = memory.Gradients;
        var gradients = new LstmGradients(dOutput, dX, g[weightIh], g[weightHh], g[biasIh], g[biasHh], dStateH, dStateC, scratch);
        backend.LstmBackward(largest with { T = steps }, x, Weights(), memory.Packed[packed], Reserve(), gradients, lengths: default);
    }

    /// <summary>The state after the window becomes the state before the next.</summary>
    public void Carry(int steps)
    {
        (DeviceSlice<float> h, DeviceSlice<float> c) = StateAt(steps);
        backend.Copy(h, InitialState.H);
        backend.Copy(c, InitialState.C);
    }

    /// <summary>PyTorch: every parameter from U(−1/√H, 1/√H).</summary>
    public void Initialise(Initialiser init, double? forgetBias)
    {
        double bound = 1 / Math.Sqrt(largest.H);
        init.Uniform(memory.Parameters, weightIh, bound);
        init.Uniform(memory.Parameters, weightHh, bound);
        init.Uniform(memory.Parameters, biasIh, bound);
        init.Uniform(memory.Parameters, biasHh, bound);
        if (forgetBias is { } value)
        {
            // The two biases are added: one holds the value, the other nothing.
            long start = (long)Gate.Forget * largest.H;
            backend.Fill(memory.Parameters[biasIh].Slice(start, largest.H), (float)value);
            backend.Fill(memory.Parameters[biasHh].Slice(start, largest.H), 0);
        }
    }

    private LstmWeights Weights()
    {
        Arena p = memory.Parameters;
        return new(p[weightIh], p[weightHh], p[biasIh], p[biasHh]);
    }

    private LstmReserve Reserve() => new(memory.Reserve[hidden], memory.Reserve[cell], memory.Reserve[gates]);
}
