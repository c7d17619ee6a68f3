namespace LstmGpu.Devices.Portable;

/// <summary>The scratch of a backward pass; what the options do not need is empty. Constructed on nothing, it tells how much that is.</summary>
internal readonly struct RecurrentWorkspace
{
    /// <summary>[B,H] what a product asks of h' under its mask.</summary>
    public readonly DeviceSlice<float> Product;

    /// <summary>[B,H] of a step, and [T,B,P]: gradients on both sides of the projection.</summary>
    public readonly DeviceSlice<float> DUnprojected, DProjected;

    /// <summary>[B,H] of a step, and [T,B,H]: what the output asks of c, and the gradients of γ_c∘norm(c) + β_c.</summary>
    public readonly DeviceSlice<float> DOutputCell, DCellNorm;

    /// <summary>[T,B,H] c before zoneout, which the peephole of the output gate saw.</summary>
    public readonly DeviceSlice<float> NewCell;

    public readonly long Length;

    public RecurrentWorkspace(RecurrentShape shape, CellOptions options, DeviceSlice<float> memory)
    {
        long state = (long)shape.B * shape.H;
        Product = Next(memory, ref Length, state);
        if (shape.HasProjection)
        {
            DUnprojected = Next(memory, ref Length, state);
            DProjected = Next(memory, ref Length, (long)shape.Rows * shape.P);
        }
        if (options.LayerNorm)
        {
            DOutputCell = Next(memory, ref Length, state);
            DCellNorm = Next(memory, ref Length, shape.T * state);
        }
        if (options.Peephole && options.ZoneoutCell > 0)
        {
            NewCell = Next(memory, ref Length, shape.T * state);
        }
    }

    private static DeviceSlice<float> Next(DeviceSlice<float> memory, ref long used, long length)
    {
        DeviceSlice<float> slice = memory.IsEmpty ? default : memory.Slice(used, length);
        used += length;
        return slice;
    }
}
