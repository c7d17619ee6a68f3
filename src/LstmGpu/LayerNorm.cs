using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>
/// Layer normalisation over the last dimension (Ba, Kiros and Hinton 2016; PyTorch's nn.LayerNorm): y = γ∘x̂ + β, x̂ = (x − mean)/√(variance + 1e-5),
/// with the mean and the variance Σ(x − mean)²/N of each row. With g = dy∘γ: dx = (g − Σg/N − x̂·Σ(g∘x̂)/N)/√(variance + 1e-5), dγ += Σ_r dy∘x̂, dβ += Σ_r dy.
/// </summary>
public sealed partial class LayerNorm : IDisposable
{
    private const int X = 0, Y = 1;
    private const int Mean = 0, Inverse = 1, Scratch = 2;

    private readonly IBackend backend;
    private readonly LayerMemory memory;
    private readonly LayerMemory statistics; // apart, so that they outlast a growth of the others
    private readonly ArenaEntry? gamma, beta;
    private int? rows;
    private DeviceSlice<float> borrowed; // the input of a pass over memory that is not the layer's own

    /// <param name="width">N, PyTorch's <c>normalized_shape</c>.</param>
    /// <param name="gain">Whether there is γ.</param>
    /// <param name="bias">Whether there is β. Neither: PyTorch's <c>elementwise_affine=False</c>.</param>
    /// <exception cref="ConfigurationException">The width is below 1 or too large.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the parameters.</exception>
    public LayerNorm(Device device, int width, bool gain = true, bool bias = true)
    {
        RecurrentOptionsCheck.Size("width", width, 1);
        (backend, Width) = (device.Backend, width);
        ArenaLayout layout = new("layer norm");
        gamma = gain ? layout.Add("weight", width) : null;
        beta = bias ? layout.Add("bias", width) : null;
        memory = new LayerMemory(backend, layout);
        statistics = new LayerMemory(backend, new ArenaLayout("statistics"));
        if (gain)
        {
            backend.Fill(memory.Value(gamma), 1);
        }
    }

    /// <summary>N.</summary>
    public int Width { get; }

    /// <summary><c>weight</c> [N], which is γ and starts as ones, and <c>bias</c> [N], which is β and starts as zeros: PyTorch's initial values.</summary>
    public IReadOnlyList<Parameter> Parameters => memory.Parameters;

    /// <param name="input">[R,N].</param>
    /// <returns>[R,N].</returns>
    /// <exception cref="ArgumentException">No rows of N elements; the message has both shapes.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public float[] Forward(ReadOnlySpan<float> input)
    {
        int count = Border.RequireRows("input", "[R,N]", Width, input.Length);
        rows = null;
        memory.Fit(("x", input.Length), ("y", input.Length));
        DeviceSlice<float> x = memory.Floats(X, input.Length), y = memory.Floats(Y, input.Length);
        backend.Upload(input, x);
        Normalise(count, x, y);
        float[] output = new float[input.Length];
        backend.Download(y, output);
        (rows, borrowed) = (count, default);
        return output;
    }

    /// <summary>Adds to the gradients of the parameters.</summary>
    /// <param name="dOutput">[R,N] of the forward pass before.</param>
    /// <returns>The gradient of the input, [R,N].</returns>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    public float[] Backward(ReadOnlySpan<float> dOutput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,N]", [count, Width], dOutput.Length);
        rows = null;
        if (!borrowed.IsEmpty)
        {
            memory.Fit(("x", dOutput.Length), ("y", dOutput.Length));
        }
        DeviceSlice<float> dy = memory.Floats(Y, dOutput.Length);
        backend.Upload(dOutput, dy);
        Differentiate(count, dy, dx: dy);
        float[] dInput = new float[dOutput.Length];
        backend.Download(dy, dInput);
        return dInput;
    }

    /// <summary>Sets the gradients of all parameters to zero.</summary>
    public void ClearGradients() => memory.ClearGradients();

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        memory.Dispose();
        statistics.Dispose();
    }

    private void Normalise(int count, DeviceSlice<float> x, DeviceSlice<float> y)
    {
        statistics.Fit(("mean", count), ("inverse", count), ("scratch", ScratchFloats(count)));
        backend.LayerNormForward(count, Width, x, memory.Value(gamma), memory.Value(beta), y, statistics.Floats(Mean, count), statistics.Floats(Inverse, count));
    }

    private void Differentiate(int count, DeviceSlice<float> dy, DeviceSlice<float> dx) => backend.LayerNormBackward(
        count,
        Width,
        dy,
        borrowed.IsEmpty ? memory.Floats(X, (long)count * Width) : borrowed,
        memory.Value(gamma),
        statistics.Floats(Mean, count),
        statistics.Floats(Inverse, count),
        dx,
        memory.Gradient(gamma),
        memory.Gradient(beta),
        statistics.Floats(Scratch, ScratchFloats(count)));

    private long ScratchFloats(int count) => backend.LayerNormWorkspaceBytes(count, Width) / sizeof(float);
}
