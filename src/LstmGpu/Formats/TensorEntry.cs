namespace LstmGpu.Formats;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Any text but <c>__metadata__</c>.</param>
/// <param name="Shape">Row-major, right-most fastest; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the data section.</param>
/// <param name="End">One past the last byte.</param>
internal sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Elements of the tensor.</summary>
    public long Count => (End - Begin) / Type.BytesOf();

    public override string ToString() => $"{Quote.Name(Name)} {Type.NameOf()} {Quote.Numbers(Shape)}";
}
