using LstmGpu.Devices;
using LstmGpu.Layers;
using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>A named parameter of a layer on its device, with its gradient.</summary>
public sealed class Parameter
{
    private readonly IBackend backend;
    private readonly ArenaEntry entry;
    private readonly Func<Arena> values;
    private readonly Func<Arena>? gradients;
    private readonly Action? written;

    /// <param name="values">Where it stands now: a layer that plans anew moves its parameters.</param>
    /// <param name="gradients">Null: frozen.</param>
    /// <param name="written">Called after every <see cref="Write"/>.</param>
    internal Parameter(IBackend backend, ArenaEntry entry, Func<Arena> values, Func<Arena>? gradients, Action? written = null) =>
        (this.backend, this.entry, this.values, this.gradients, this.written) = (backend, entry, values, gradients, written);

    /// <summary>PyTorch's name, such as <c>weight_ih_l0_reverse</c>.</summary>
    public string Name => entry.Name;

    /// <summary>Row-major.</summary>
    public IReadOnlyList<long> Shape => entry.Shape;

    public int Count => checked((int)entry.Count);

    /// <summary>False: no backward pass computes a gradient for it, PyTorch's <c>requires_grad=False</c>.</summary>
    public bool Trainable => gradients is not null;

    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    public void Read(Span<float> values) => Download(this.values(), values);

    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    public void Write(ReadOnlySpan<float> values)
    {
        Border.RequireCount(entry, values.Length);
        backend.Upload(values, this.values()[entry]);
        written?.Invoke();
    }

    /// <summary>The gradient, summed over the backward passes since the layer's <c>ClearGradients</c>.</summary>
    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    /// <exception cref="InvalidOperationException">It is not <see cref="Trainable"/>.</exception>
    public void ReadGradient(Span<float> values) =>
        Download((gradients ?? throw new InvalidOperationException($"'{Name}' is frozen and has no gradient"))(), values);

    private void Download(Arena arena, Span<float> values)
    {
        Border.RequireCount(entry, values.Length);
        backend.Download(arena[entry], values);
    }
}
