using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>What <see cref="SequencePooling"/> makes of the valid steps t &lt; lengths[b] of a row.</summary>
public enum PoolingKind
{
    /// <summary>y[b,:] = x[lengths[b]−1,b,:].</summary>
    Last = Pooling.Last,

    /// <summary>y[b,:] = Σ_t x[t,b,:]/lengths[b].</summary>
    Mean = Pooling.Mean,

    /// <summary>y[b,:] = max_t x[t,b,:]; the gradient goes to the first step that holds it.</summary>
    Max = Pooling.Max,
}

/// <summary>One vector for each sequence of a batch. T steps, B batch, H width. A row of length 0 gives 0 and takes no gradient.</summary>
public sealed partial class SequencePooling : IDisposable
{
    private const int X = 0, Y = 1;
    private const int Places = 0, Lengths = 1;

    private readonly IBackend backend;
    private readonly LayerMemory memory;
    private readonly LayerMemory kept; // apart, so that it outlasts a growth of the others
    private Pass? last;

    /// <param name="width">H: features of a step.</param>
    /// <param name="batchFirst">Sequences are [B,T,H] instead of [T,B,H].</param>
    /// <exception cref="ConfigurationException">The width is below 1 or too large, or the kind is none of the three.</exception>
    public SequencePooling(Device device, PoolingKind kind, int width, bool batchFirst = false)
    {
        RecurrentOptionsCheck.Size("width", width, 1);
        if (!Enum.IsDefined(kind))
        {
            throw new ConfigurationException($"the pooling is {(int)kind}, expected {string.Join(", ", Enum.GetNames<PoolingKind>())}");
        }
        (backend, Kind, Width, BatchFirst) = (device.Backend, kind, width, batchFirst);
        memory = new LayerMemory(backend, new ArenaLayout("pooling"));
        kept = new LayerMemory(backend, new ArenaLayout("pooled steps"));
    }

    public PoolingKind Kind { get; }

    /// <summary>H.</summary>
    public int Width { get; }

    public bool BatchFirst { get; }

    /// <param name="input">[T,B,H] or, batch first, [B,T,H].</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="lengths">[B]: steps of each row, 0…T, in any order; empty: all T. What stands beyond does not matter.</param>
    /// <returns>[B,H].</returns>
    /// <exception cref="ArgumentException">A size or length does not fit; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public float[] Forward(ReadOnlySpan<float> input, int steps, int batch, ReadOnlySpan<int> lengths = default)
    {
        Border.RequireWindow(steps, batch);
        Border.Require("input", BatchFirst ? "[B,T,H]" : "[T,B,H]", BatchFirst ? [batch, steps, Width] : [steps, batch, Width], input.Length);
        Border.RequireLengths(lengths, steps, batch);
        last = null;
        float[] output = new float[batch * Width];
        memory.Fit(("x", input.Length), ("y", output.Length));
        DeviceSlice<float> x = memory.Floats(X, input.Length), y = memory.Floats(Y, output.Length);
        backend.Upload(BatchFirst ? Border.SwapAxes(input, batch, steps, Width) : input, x);
        Pass pass = Reduce(steps, batch, lengths, x, y);
        backend.Download(y, output);
        last = pass;
        return output;
    }

    /// <param name="dOutput">[B,H] of the forward pass before.</param>
    /// <returns>The gradient of the input, in its shape; 0 beyond a row's length.</returns>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    public float[] Backward(ReadOnlySpan<float> dOutput)
    {
        Pass pass = last ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[B,H]", [pass.Batch, Width], dOutput.Length);
        last = null;
        float[] dInput = new float[pass.Steps * dOutput.Length];
        memory.Fit(("x", dInput.Length), ("y", dOutput.Length));
        DeviceSlice<float> dy = memory.Floats(Y, dOutput.Length), dx = memory.Floats(X, dInput.Length);
        backend.Upload(dOutput, dy);
        Differentiate(pass, dy, dx);
        backend.Download(dx, dInput);
        return BatchFirst ? Border.SwapAxes(dInput, pass.Steps, pass.Batch, Width) : dInput;
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        memory.Dispose();
        kept.Dispose();
    }

    private Pass Reduce(int steps, int batch, ReadOnlySpan<int> lengths, DeviceSlice<float> x, DeviceSlice<float> y)
    {
        kept.Fit(("places", Kind == PoolingKind.Max ? y.Length : 1), ("lengths", batch));
        Pass pass = new(steps, batch, lengths.IsEmpty ? default : kept.Ints(Lengths, batch));
        if (!lengths.IsEmpty)
        {
            backend.Upload(lengths, pass.Lengths);
        }
        backend.PoolForward((Pooling)Kind, steps, batch, Width, pass.Lengths, x, y, WhereLargest(y.Length));
        return pass;
    }

    private void Differentiate(Pass pass, DeviceSlice<float> dy, DeviceSlice<float> dx)
    {
        backend.Fill(dx, 0);
        backend.PoolBackward((Pooling)Kind, pass.Steps, pass.Batch, Width, pass.Lengths, dy, WhereLargest(dy.Length), dx);
    }

    private DeviceSlice<int> WhereLargest(long count) => Kind == PoolingKind.Max ? kept.Ints(Places, count) : default;

    private sealed record Pass(int Steps, int Batch, DeviceSlice<int> Lengths);
}
