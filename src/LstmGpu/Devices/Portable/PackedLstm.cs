using ILGPU.Runtime;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>W_hh as each direction of time reads it, the biases, and what one step rounds for the next. Constructed on nothing, it tells how much that is.</summary>
internal readonly struct PackedLstm
{
    /// <summary>Words that are copied by fours begin at a multiple of them, wherever the memory begins.</summary>
    public const int Alignment = 4;

    /// <summary>What the forward step reads of W_hh: as <see cref="LstmKernels.Pack"/> or <see cref="LstmTensorKernels.Pack"/> leaves it.</summary>
    public readonly DeviceSlice<float> Forward;

    /// <summary>What the backward step reads of it; empty where that is W_hh itself.</summary>
    public readonly DeviceSlice<float> Backward;

    /// <summary>W_ih in a form of 16 bits, [4H,words]; empty where products read W_ih itself.</summary>
    public readonly DeviceSlice<float> Input;

    /// <summary>[4H] b_ih + b_hh.</summary>
    public readonly DeviceSlice<float> Bias;

    /// <summary>The operands of this step's and the next step's product in a form of 16 bits, [2,B,words]; empty where a step reads the history itself.</summary>
    public readonly DeviceSlice<float> HiddenOperands, GateOperands;

    public readonly long Length;

    public PackedLstm(LstmShape shape, ProductPrecision precision, bool tensorCores, bool storesInput, DeviceSlice<float> memory)
    {
        // Of a form of 16 bits two are in the place of a float.
        bool isNarrow = precision is ProductPrecision.Bf16 or ProductPrecision.Fp16;
        (long forward, long backward) = tensorCores
            ? (Fragments(precision, Count(shape.H, 8) * 2L, shape.H), Fragments(precision, Count(shape.H, 16), shape.GateWidth))
            : isNarrow ? (shape.WeightHhLength / 2, shape.WeightHhLength / 2) : (shape.WeightHhLength, 0);
        long gateOperands = tensorCores && isNarrow ? 2L * shape.B * Words(precision, shape.GateWidth) : 0;
        long used = tensorCores && !memory.IsEmpty ? ToAligned(memory.Offset) : 0;
        Forward = Next(memory, ref used, forward);
        Backward = Next(memory, ref used, backward);
        Bias = Next(memory, ref used, shape.GateWidth);
        Input = Next(memory, ref used, storesInput ? (long)shape.GateWidth * Words(precision, shape.I) : 0);
        GateOperands = Next(memory, ref used, gateOperands);
        // In the same place: forward is over when backward begins.
        HiddenOperands = GateOperands.IsEmpty ? default : GateOperands.Slice(0, 2L * shape.B * Words(precision, shape.H));
        Length = used + (tensorCores ? Alignment - 1 : 0);
    }

    /// <summary>Words of a row of so many operands.</summary>
    public static int Words(ProductPrecision precision, int operands) => TensorTile.Words(SpecializedValue.New((int)precision), operands);

    /// <summary>From an offset to the next aligned one.</summary>
    public static long ToAligned(long offset) => (Alignment - (offset % Alignment)) % Alignment;

    private static long Fragments(ProductPrecision precision, long tiles, int k) =>
        tiles * Count(Words(precision, k), LstmTensorTile.Depth) * LstmTensorTile.PerTile * LstmTensorTile.Fragment;

    private static DeviceSlice<float> Next(DeviceSlice<float> memory, ref long used, long length)
    {
        DeviceSlice<float> slice = memory.IsEmpty || length == 0 ? default : memory.Slice(used, length);
        used += length;
        return slice;
    }

    private static int Count(int elements, int perOne) => (elements + perOne - 1) / perOne;
}
