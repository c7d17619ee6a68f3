using LstmGpu.Memory;

namespace LstmGpu;

/// <summary>A named parameter of a layer on its device, with its gradient.</summary>
public sealed class Parameter
{
    private readonly Recurrent owner;
    private readonly ArenaEntry entry;

    internal Parameter(Recurrent owner, ArenaEntry entry) => (this.owner, this.entry) = (owner, entry);

    /// <summary>PyTorch's name, such as <c>weight_ih_l0_reverse</c>.</summary>
    public string Name => entry.Name;

    /// <summary>Row-major.</summary>
    public IReadOnlyList<long> Shape => entry.Shape;

    public int Count => checked((int)entry.Count);

    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    public void Read(Span<float> values) => owner.Download(entry, values, gradient: false);

    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    public void Write(ReadOnlySpan<float> values) => owner.Upload(entry, values);

    /// <summary>The gradient, summed over the backward passes since <see cref="Recurrent.ClearGradients"/>.</summary>
    /// <exception cref="ArgumentException">Not <see cref="Count"/> elements.</exception>
    public void ReadGradient(Span<float> values) => owner.Download(entry, values, gradient: true);
}
