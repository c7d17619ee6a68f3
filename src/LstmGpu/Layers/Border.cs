using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>Where the caller's arrays meet the engine's: sizes are checked here and nowhere further in, and batch-first is turned into time-major and back.</summary>
internal readonly struct Border(RecurrentOptions options, StackOptions stack, int steps, int batch)
{
    private int Width => stack.Projection > 0 ? stack.Projection : options.HiddenSize;

    private int OutputWidth => Width * stack.Directions;

    public void RequireInput(int length)
    {
        if (steps < 1 || batch < 1)
        {
            throw new ArgumentException($"steps is {steps} and batch {batch}, expected at least 1 of each");
        }
        Require("input", options.BatchFirst ? "[B,T,I]" : "[T,B,I]", Sequence(options.InputSize), length);
    }

    public void RequireOutput(int length) => Require("dOutput", options.BatchFirst ? "[B,T,D·P]" : "[T,B,D·P]", Sequence(OutputWidth), length);

    public void RequireState(RecurrentState? state, string name)
    {
        if (state is null)
        {
            return;
        }
        int places = stack.Layers * stack.Directions;
        Require($"{name}.Hidden", "[L·D,B,P]", [places, batch, Width], state.Hidden.Length);
        if (stack.Cell == CellKind.Lstm)
        {
            Require($"{name}.Cell", "[L·D,B,H]", [places, batch, options.HiddenSize], state.Cell.Length);
        }
        else if (state.Cell.Length > 0)
        {
            throw new ArgumentException($"{name}.Cell has {state.Cell.Length} elements, expected none: this cell has no c");
        }
    }

    public void RequireLengths(ReadOnlySpan<int> lengths)
    {
        if (lengths.IsEmpty)
        {
            return;
        }
        if (lengths.Length != batch)
        {
            throw new ArgumentException($"lengths has {lengths.Length} elements, expected [B] = [{batch}]");
        }
        for (int b = 0; b < batch; b++)
        {
            if (lengths[b] < 0 || lengths[b] > steps)
            {
                throw new ArgumentException($"lengths[{b}] is {lengths[b]}, expected 0 to {steps}, the steps of the input");
            }
        }
    }

    public static void RequireCount(ArenaEntry entry, int length)
    {
        if (length != entry.Count)
        {
            throw new ArgumentException($"'{entry.Name}' has the shape [{string.Join(",", entry.Shape)}] = {entry.Count} elements, found {length}");
        }
    }

    /// <summary>[B,T,width] as [T,B,width] where the caller's arrays are batch first.</summary>
    public float[] TimeMajor(ReadOnlySpan<float> values, int width) => options.BatchFirst ? SwapAxes(values, batch, steps, width) : values.ToArray();

    /// <summary>[T,B,width] as the caller has it.</summary>
    public float[] AsGiven(float[] values, int width) => options.BatchFirst ? SwapAxes(values, steps, batch, width) : values;

    private long[] Sequence(int width) => options.BatchFirst ? [batch, steps, width] : [steps, batch, width];

    private static float[] SwapAxes(ReadOnlySpan<float> values, int first, int second, int width)
    {
        float[] swapped = new float[values.Length];
        for (int i = 0; i < first; i++)
        {
            for (int j = 0; j < second; j++)
            {
                values.Slice(((i * second) + j) * width, width).CopyTo(swapped.AsSpan(((j * first) + i) * width, width));
            }
        }
        return swapped;
    }

    private static void Require(string name, string letters, long[] shape, int length)
    {
        long expected = shape.Aggregate(1L, (product, size) => product * size);
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements, expected {letters} = [{string.Join(",", shape)}] = {expected}");
        }
    }
}
