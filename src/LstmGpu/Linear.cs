using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>
/// PyTorch's nn.Linear: y = x·Wᵀ + b, and dx = dy·W, dW += dyᵀ·x, db += Σ_r dy[r,:]. I inputs, O outputs; all dimensions before the last are R rows.
/// </summary>
public sealed partial class Linear : IDisposable
{
    private const int X = 0, Y = 1, DX = 2;

    private readonly IBackend backend;
    private readonly LayerMemory memory;
    private readonly ArenaEntry weight;
    private readonly ArenaEntry? bias;
    private int? rows;
    private DeviceSlice<float> borrowed; // the input of a pass over memory that is not the layer's own

    /// <param name="inputs">I, PyTorch's <c>in_features</c>.</param>
    /// <param name="outputs">O, PyTorch's <c>out_features</c>.</param>
    /// <param name="bias">Whether there is b.</param>
    /// <exception cref="ConfigurationException">A size is below 1 or too large.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public Linear(Device device, int inputs, int outputs, bool bias = true)
    {
        RecurrentOptionsCheck.Size("inputs", inputs, 1);
        if (outputs < 1)
        {
            throw new ConfigurationException($"outputs is {outputs}, expected at least 1");
        }
        (backend, Inputs, Outputs) = (device.Backend, inputs, outputs);
        ArenaLayout layout = new("linear");
        weight = layout.Add("weight", outputs, inputs);
        this.bias = bias ? layout.Add("bias", outputs) : null;
        memory = new LayerMemory(backend, layout);
    }

    /// <summary>I.</summary>
    public int Inputs { get; }

    /// <summary>O.</summary>
    public int Outputs { get; }

    /// <summary><c>weight</c> [O,I], <c>bias</c> [O]; zero until <see cref="Initialise"/> or <see cref="Parameter.Write"/>.</summary>
    public IReadOnlyList<Parameter> Parameters => memory.Parameters;

    /// <summary>PyTorch's initial values: U(−1/√I, 1/√I) for both.</summary>
    public void Initialise(long seed)
    {
        Initialiser init = new(backend, seed);
        init.Uniform(memory.Values, weight, 1 / Math.Sqrt(Inputs));
        if (bias is not null)
        {
            init.Uniform(memory.Values, bias, 1 / Math.Sqrt(Inputs));
        }
    }

    /// <param name="input">[R,I].</param>
    /// <returns>[R,O].</returns>
    /// <exception cref="ArgumentException">No rows of I elements; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public float[] Forward(ReadOnlySpan<float> input)
    {
        int count = Border.RequireRows("input", "[R,I]", Inputs, input.Length);
        float[] output = new float[Border.RequireArray("the output", "[R,O]", count, Outputs)];
        rows = null;
        memory.Fit(("x", input.Length), ("y", output.Length), ("dx", input.Length));
        DeviceSlice<float> x = memory.Floats(X, input.Length), y = memory.Floats(Y, output.Length);
        backend.Upload(input, x);
        Multiply(count, x, y);
        backend.Download(y, output);
        (rows, borrowed) = (count, default);
        return output;
    }

    /// <summary>Adds to the gradients of the parameters.</summary>
    /// <param name="dOutput">[R,O] of the forward pass before.</param>
    /// <returns>The gradient of the input, [R,I].</returns>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    public float[] Backward(ReadOnlySpan<float> dOutput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,O]", [count, Outputs], dOutput.Length);
        rows = null;
        float[] dInput = new float[count * Inputs];
        DeviceSlice<float> x = Input(count);
        if (!borrowed.IsEmpty)
        {
            memory.Fit(("x", dInput.Length), ("y", dOutput.Length), ("dx", dInput.Length));
        }
        DeviceSlice<float> dy = memory.Floats(Y, dOutput.Length), dx = memory.Floats(DX, dInput.Length);
        backend.Upload(dOutput, dy);
        Differentiate(count, x, dy, dx);
        backend.Download(dx, dInput);
        return dInput;
    }

    private DeviceSlice<float> Input(int count) => borrowed.IsEmpty ? memory.Floats(X, (long)count * Inputs) : borrowed;

    private void Multiply(int count, DeviceSlice<float> x, DeviceSlice<float> y)
    {
        backend.Gemm(GemmLayout.NT, count, Outputs, Inputs, x, memory.Value(weight), y, accumulate: false);
        if (bias is not null)
        {
            backend.AddBias(count, Outputs, memory.Value(bias), y);
        }
    }

    private void Differentiate(int count, DeviceSlice<float> x, DeviceSlice<float> dy, DeviceSlice<float> dx)
    {
        backend.Gemm(GemmLayout.TN, Outputs, Inputs, count, dy, x, memory.Gradient(weight), accumulate: true);
        if (bias is not null)
        {
            backend.BiasGradient(count, Outputs, dy, memory.Gradient(bias));
        }
        if (!dx.IsEmpty)
        {
            backend.Gemm(GemmLayout.NN, count, Inputs, Outputs, dy, memory.Value(weight), dx, accumulate: false);
        }
    }

    /// <summary>Sets the gradients of all parameters to zero.</summary>
    public void ClearGradients() => memory.ClearGradients();

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose() => memory.Dispose();
}
