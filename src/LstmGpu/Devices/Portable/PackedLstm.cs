using ILGPU.Runtime;
using LstmGpu.Kernels;

namespace LstmGpu.Devices.Portable;

/// <summary>W_hh as each direction of time reads it, the biases, and what one step rounds for the next. Constructed on nothing, it tells how much that is.</summary>
internal readonly struct PackedLstm
{
    // Words that are copied by fours begin at a multiple of them, wherever the memory begins.
    private const int Alignment = 4;

    /// <summary>What the forward step reads of W_hh: as <see cref="LstmKernels.Pack"/> or <see cref="LstmTensorKernels.Pack"/> leaves it.</summary>
    public readonly DeviceSlice<float> Forward;

    /// <summary>What the backward step reads of it; empty where that is W_hh itself.</summary>
    public readonly DeviceSlice<float> Backward;

    /// <summary>[4H] b_ih + b_hh.</summary>
    public readonly DeviceSlice<float> Bias;

    /// <summary>The operands of this step's and the next step's product in a form of 16 bits, [2,B,words]; empty where a step reads the history itself.</summary>
    public readonly DeviceSlice<float> HiddenOperands, GateOperands;

    public readonly long Length;

    public PackedLstm(LstmShape shape, ProductPrecision precision, bool tensorCores, DeviceSlice<float> memory)
    {
        // Of a form of 16 bits two are in the place of a float.
        bool isNarrow = precision is ProductPrecision.Bf16 or ProductPrecision.Fp16;
        (long forward, long backward) = tensorCores
            ? (Fragments(precision, Count(shape.H, 8) * 2L, shape.H), Fragments(precision, Count(shape.H, 16), shape.GateWidth))
            : isNarrow ? (shape.WeightHhLength / 2, shape.WeightHhLength / 2) : (shape.WeightHhLength, 0);
        long first = tensorCores && !memory.IsEmpty ? (Alignment - (memory.Offset % Alignment)) % Alignment : 0;
        long gateOperands = tensorCores && isNarrow ? 2L * shape.B * Words(precision, shape.GateWidth) : 0;
        Length = forward + backward + shape.GateWidth + gateOperands + (tensorCores ? Alignment - 1 : 0);
        if (!memory.IsEmpty)
        {
            if (gateOperands > 0)
            {
                // One after the other in the same place: forward is over when backward begins. 4H is a multiple of the alignment.
                GateOperands = memory.Slice(first + forward + backward + shape.GateWidth, gateOperands);
                HiddenOperands = GateOperands.Slice(0, 2L * shape.B * Words(precision, shape.H));
            }
            Forward = memory.Slice(first, forward);
            Backward = backward == 0 ? default : memory.Slice(first + forward, backward);
            Bias = memory.Slice(first + forward + backward, shape.GateWidth);
        }
    }

    private static long Fragments(ProductPrecision precision, long tiles, int k) =>
        tiles * Count(Words(precision, k), LstmTensorTile.Depth) * LstmTensorTile.PerTile * LstmTensorTile.Fragment;

    private static int Words(ProductPrecision precision, int k) => LstmTensorTile.Words(SpecializedValue.New((int)precision), k);

    private static int Count(int elements, int perOne) => (elements + perOne - 1) / perOne;
}
