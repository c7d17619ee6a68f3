using System.Globalization;
using LstmGpu.Devices;
using LstmGpu.Memory;

namespace LstmGpu.Layers;

/// <summary>Where the caller's arrays meet the engine's: sizes are checked here and nowhere further in, and batch-first is turned into time-major and back.</summary>
internal readonly struct Border(RecurrentOptions options, StackOptions stack, int steps, int batch)
{
    private int Width => stack.Projection > 0 ? stack.Projection : options.HiddenSize;

    private int OutputWidth => Width * stack.Directions;

    public void RequireInput(long length)
    {
        RequireWindow(steps, batch);
        Require("input", options.BatchFirst ? "[B,T,I]" : "[T,B,I]", Sequence(options.InputSize), length);
    }

    public static void RequireWindow(int steps, int batch)
    {
        if (steps < 1 || batch < 1)
        {
            throw new ArgumentException($"steps is {steps} and batch {batch}, expected at least 1 of each");
        }
    }

    public void RequireOutput(long length) => Require("dOutput", options.BatchFirst ? "[B,T,D·P]" : "[T,B,D·P]", Sequence(OutputWidth), length);

    public void RequireState(RecurrentState? state, string name)
    {
        if (state is not null)
        {
            RequireState(name, state.Hidden.Length, state.Cell.Length);
        }
    }

    public void RequireState(CudaState? state, string name)
    {
        if (state is not null)
        {
            RequireState(name, state.Hidden.Count, state.Cell.Count);
        }
    }

    public void RequireLengths(ReadOnlySpan<int> lengths) => RequireLengths(lengths, steps, batch);

    public static void RequireLengths(ReadOnlySpan<int> lengths, int steps, int batch)
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

    /// <summary>[first,second,width] → [second,first,width].</summary>
    public static float[] SwapAxes(ReadOnlySpan<float> values, int first, int second, int width)
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

    public static void Require(string name, string letters, long[] shape, long length)
    {
        long expected = shape.Aggregate(1L, (product, size) => product * size);
        if (length != expected)
        {
            throw new ArgumentException($"{name} has {length} elements, expected {letters} = [{string.Join(",", shape)}] = {expected}");
        }
    }

    /// <summary>R of an array of [R,width], at least 1.</summary>
    public static int RequireRows(string name, string letters, int width, long length) => length > 0 && length % width == 0 && length / width <= int.MaxValue
        ? (int)(length / width)
        : throw new ArgumentException($"{name} has {length} elements, expected {letters} = [R,{width}] with R at least 1");

    /// <summary>Each from 0 to below <paramref name="below"/>, or the one that is let through.</summary>
    public static void RequireIndices(string name, ReadOnlySpan<int> indices, int below, int? ignored = null)
    {
        for (int r = 0; r < indices.Length; r++)
        {
            if ((indices[r] < 0 || indices[r] >= below) && indices[r] != ignored)
            {
                string or = ignored is { } index ? $", or {index} to ignore the row" : "";
                throw new ArgumentException($"{name}[{r}] is {indices[r]}, expected 0 to {below - 1}{or}");
            }
        }
    }

    public static void RequireNumber(string name, double value, NumberRange range)
    {
        if (!range.Contains(value))
        {
            throw new ArgumentException($"{name} is {value.ToString(CultureInfo.InvariantCulture)}, expected {range.Words()}");
        }
    }

    /// <summary>Elements of an array of [rows,width], as many as an array can have.</summary>
    public static int RequireArray(string name, string letters, int rows, int width) => (long)rows * width <= Array.MaxLength
        ? rows * width
        : throw new ArgumentException($"{name} would be {letters} = [{rows},{width}], more than the {Array.MaxLength} elements of an array; use fewer rows");

    public static InvalidOperationException NoForwardPass() => new("backward needs a forward pass before it, and each forward pass allows one");

    private void RequireState(string name, long hidden, long cell)
    {
        int places = stack.Layers * stack.Directions;
        Require($"{name}.Hidden", "[L·D,B,P]", [places, batch, Width], hidden);
        if (stack.Cell == CellKind.Lstm)
        {
            Require($"{name}.Cell", "[L·D,B,H]", [places, batch, options.HiddenSize], cell);
        }
        else if (cell > 0)
        {
            throw new ArgumentException($"{name}.Cell has {cell} elements, expected none: this cell has no c");
        }
    }

    private long[] Sequence(int width) => options.BatchFirst ? [batch, steps, width] : [steps, batch, width];
}
