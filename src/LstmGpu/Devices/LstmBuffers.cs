using LstmGpu.Kernels;

namespace LstmGpu.Devices;

/// <summary>Sizes of one layer's call: T steps, B batch, I input, H hidden.</summary>
internal readonly record struct LstmShape(int T, int B, int I, int H)
{
    public int GateWidth => Gate.Count * H;

    public int Rows => T * B;

    public long WeightIhLength => (long)GateWidth * I;

    public long WeightHhLength => (long)GateWidth * H;

    /// <summary>Elements of a history with the initial state in front: [T+1,B,H].</summary>
    public long HistoryLength => (T + 1L) * B * H;

    public long GatesLength => (long)T * B * GateWidth;
}

/// <summary>A layer's parameters, named and shaped as PyTorch's.</summary>
internal readonly record struct LstmWeights(
    DeviceSlice<float> WeightIh,   // [4H,I]
    DeviceSlice<float> WeightHh,   // [4H,H]
    DeviceSlice<float> BiasIh,     // [4H]
    DeviceSlice<float> BiasHh);    // [4H]

/// <summary>What forward leaves for backward. Time slot 0 of the histories is the initial state, slot t+1 the state after step t.</summary>
internal readonly record struct LstmReserve(
    DeviceSlice<float> Hidden,     // [T+1,B,H]
    DeviceSlice<float> Cell,       // [T+1,B,H]
    DeviceSlice<float> Gates);     // [T,B,4H] forward: i f g o after activation; backward: their gradients before activation

/// <summary>What backward reads (dHidden, dStateH, dStateC) and writes. Weight gradients are added to; dX is overwritten.</summary>
internal readonly record struct LstmGradients(
    DeviceSlice<float> DHidden,    // [T,B,H] in: gradient of each step's output
    DeviceSlice<float> DX,         // [T,B,I] out, or empty where nobody asks
    DeviceSlice<float> DWeightIh,  // [4H,I]
    DeviceSlice<float> DWeightHh,  // [4H,H]
    DeviceSlice<float> DBiasIh,    // [4H]
    DeviceSlice<float> DBiasHh,    // [4H]
    DeviceSlice<float> DStateH,    // [B,H] in: gradient of h_T; out: gradient of h_0
    DeviceSlice<float> DStateC,    // [B,H] in: gradient of c_T; out: gradient of c_0
    DeviceSlice<float> Workspace);
