using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>PyTorch's nn.Embedding: x[r,:] = weight[tokens[r],:], and dWeight[tokens[r],:] += dx[r,:]. V symbols, E width, R tokens in any arrangement.</summary>
public sealed partial class Embedding : IDisposable
{
    private const int Tokens = 0, X = 1;

    private readonly IBackend backend;
    private readonly LayerMemory memory;
    private readonly ArenaEntry weight;
    private int? rows;
    private DeviceSlice<int> borrowed; // the tokens of a pass over memory that is not the layer's own

    /// <param name="symbols">V, PyTorch's <c>num_embeddings</c>.</param>
    /// <param name="width">E, PyTorch's <c>embedding_dim</c>.</param>
    /// <param name="paddingIndex">The token whose row gets no gradient and starts as zeros; null: none.</param>
    /// <param name="frozen">The table gets no gradient, as <c>Embedding.from_pretrained(…, freeze=True)</c>.</param>
    /// <exception cref="ConfigurationException">A size is below 1 or too large, or the padding index is no symbol.</exception>
    /// <exception cref="DeviceException">The device has not enough memory for the table.</exception>
    public Embedding(Device device, int symbols, int width, int? paddingIndex = null, bool frozen = false)
    {
        if (symbols < 1)
        {
            throw new ConfigurationException($"symbols is {symbols}, expected at least 1");
        }
        RecurrentOptionsCheck.Size("width", width, 1);
        if (paddingIndex is { } padding && (padding < 0 || padding >= symbols))
        {
            throw new ConfigurationException($"the padding index is {padding}, expected 0 to {symbols - 1}, the symbols of the table");
        }
        (backend, Symbols, Width, PaddingIndex, Frozen) = (device.Backend, symbols, width, paddingIndex, frozen);
        ArenaLayout layout = new("embedding");
        weight = layout.Add("weight", symbols, width);
        memory = new LayerMemory(backend, layout, trainable: !frozen);
    }

    /// <summary>V.</summary>
    public int Symbols { get; }

    /// <summary>E.</summary>
    public int Width { get; }

    public int? PaddingIndex { get; }

    public bool Frozen { get; }

    /// <summary><c>weight</c> [V,E]; zero until <see cref="Initialise"/> or <see cref="Parameter.Write"/>.</summary>
    public IReadOnlyList<Parameter> Parameters => memory.Parameters;

    /// <summary>PyTorch's initial values: N(0,1), and zeros for the padding token.</summary>
    public void Initialise(long seed)
    {
        new Initialiser(backend, seed).Normal(memory.Values, weight);
        if (PaddingIndex is { } padding)
        {
            backend.Fill(memory.Value(weight).Slice((long)padding * Width, Width), 0);
        }
    }

    /// <summary>Looks the rows of the tokens up.</summary>
    /// <param name="tokens">[R], each 0…V−1; [T,B] or [B,T] gives [T,B,E] or [B,T,E].</param>
    /// <returns>[R,E].</returns>
    /// <exception cref="ArgumentException">No tokens, or one that is no symbol.</exception>
    /// <exception cref="DeviceException">The device has not enough memory.</exception>
    public float[] Forward(ReadOnlySpan<int> tokens)
    {
        int count = Border.RequireRows("tokens", "[R,1]", 1, tokens.Length);
        Border.RequireIndices("tokens", tokens, Symbols);
        float[] x = new float[Border.RequireArray("the output", "[R,E]", count, Width)];
        rows = null;
        memory.Fit(("tokens", count), ("x", x.Length));
        backend.Upload(tokens, memory.Ints(Tokens, count));
        backend.EmbeddingForward(count, Width, memory.Ints(Tokens, count), memory.Value(weight), memory.Floats(X, x.Length));
        backend.Download(memory.Floats(X, x.Length), x);
        (rows, borrowed) = (count, default);
        return x;
    }

    /// <summary>Adds to the gradient of the table; does nothing where that is frozen.</summary>
    /// <param name="dOutput">[R,E] of the forward pass before.</param>
    /// <exception cref="ArgumentException">Another size; the message has both shapes.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass, or its backward pass is done.</exception>
    public void Backward(ReadOnlySpan<float> dOutput)
    {
        int count = rows ?? throw Border.NoForwardPass();
        Border.Require("dOutput", "[R,E]", [count, Width], dOutput.Length);
        rows = null;
        if (Frozen)
        {
            return;
        }
        if (!borrowed.IsEmpty)
        {
            memory.Fit(("tokens", count), ("x", dOutput.Length));
        }
        DeviceSlice<float> dx = memory.Floats(X, dOutput.Length);
        backend.Upload(dOutput, dx);
        Differentiate(count, dx);
    }

    private void Differentiate(int count, DeviceSlice<float> dx)
    {
        DeviceSlice<int> tokens = borrowed.IsEmpty ? memory.Ints(Tokens, count) : borrowed;
        backend.EmbeddingBackward(count, Width, tokens, dx, memory.Gradient(weight), rowMask: default, PaddingIndex ?? -1);
    }

    /// <summary>Sets the gradient to zero.</summary>
    public void ClearGradients() => memory.ClearGradients();

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose() => memory.Dispose();
}
