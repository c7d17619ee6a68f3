using LstmGpu.Devices;
using LstmGpu.Kernels;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>The parameters of one layer in one direction. Names are PyTorch's where PyTorch has the parameter.</summary>
internal sealed class LayerParameters
{
    private readonly ArenaEntry weightIh, weightHh;
    private readonly ArenaEntry? biasIh, biasHh, weightHr, peephole, normIh, normHh, normCell, normCellBias;

    public LayerParameters(ModelMemory memory, string prefix, string suffix, RecurrentShape shape, StackOptions options)
    {
        ArenaEntry? Add(bool wanted, string name, params long[] sizes) => wanted ? memory.ParameterLayout.Add($"{prefix}{name}{suffix}", sizes) : null;
        weightIh = Add(true, "weight_ih", shape.GateWidth, shape.I)!;
        weightHh = Add(true, "weight_hh", shape.GateWidth, shape.P)!;
        biasIh = Add(options.Bias, "bias_ih", shape.GateWidth);
        biasHh = Add(options.Bias, "bias_hh", shape.GateWidth);
        weightHr = Add(shape.HasProjection, "weight_hr", shape.P, shape.H);
        peephole = Add(options.CellOptions.Peephole, "weight_peephole", 3, shape.H);
        normIh = Add(options.CellOptions.LayerNorm, "norm_ih", shape.GateWidth);
        normHh = Add(options.CellOptions.LayerNorm, "norm_hh", shape.GateWidth);
        normCell = Add(options.CellOptions.LayerNorm, "norm_cell", shape.H);
        normCellBias = Add(options.CellOptions.LayerNorm, "norm_cell_bias", shape.H);
    }

    /// <summary>The parameters in their arena, or their gradients in theirs.</summary>
    public RecurrentWeights Of(Arena arena)
    {
        DeviceSlice<float> Slice(ArenaEntry? entry) => entry is null ? default : arena[entry];
        return new(
            arena[weightIh], arena[weightHh], Slice(biasIh), Slice(biasHh), Slice(weightHr), Slice(peephole), Slice(normIh), Slice(normHh), Slice(normCell), Slice(normCellBias));
    }

    public void Initialise(IBackend backend, Arena arena, Initialiser init, RecurrentShape shape, double? forgetBias)
    {
        double bound = 1 / Math.Sqrt(shape.H);
        foreach (ArenaEntry? entry in (ArenaEntry?[])[weightIh, weightHh, biasIh, biasHh, weightHr, peephole])
        {
            if (entry is not null)
            {
                init.Uniform(arena, entry, bound);
            }
        }
        foreach (ArenaEntry? entry in (ArenaEntry?[])[normIh, normHh, normCell])
        {
            if (entry is not null)
            {
                backend.Fill(arena[entry], 1);
            }
        }
        if (normCellBias is not null)
        {
            backend.Fill(arena[normCellBias], 0);
        }
        if (forgetBias is { } value && biasIh is not null && biasHh is not null)
        {
            // The two biases are added: one holds the value, the other nothing.
            long start = (long)Gate.Forget * shape.H;
            backend.Fill(arena[biasIh].Slice(start, shape.H), (float)value);
            backend.Fill(arena[biasHh].Slice(start, shape.H), 0);
        }
    }
}
