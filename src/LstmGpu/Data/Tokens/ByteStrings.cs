namespace LstmGpu.Data.Tokens;

/// <summary>Byte strings as keys of a dictionary, looked up by a span without allocating.</summary>
internal sealed class ByteStrings : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>, IComparer<byte[]>
{
    public static ByteStrings Comparer { get; } = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] bytes) => GetHashCode(bytes.AsSpan());

    public bool Equals(ReadOnlySpan<byte> span, byte[] bytes) => span.SequenceEqual(bytes);

    public int GetHashCode(ReadOnlySpan<byte> span)
    {
        HashCode hash = default;
        hash.AddBytes(span);
        return hash.ToHashCode();
    }

    public byte[] Create(ReadOnlySpan<byte> span) => span.ToArray();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
