namespace ILGPU.Runtime;

/// <summary>A kernel argument that is a constant while the kernel is compiled.</summary>
internal readonly struct SpecializedValue<T>(T value) where T : unmanaged, IEquatable<T>
{
    public T Value { get; } = value;

    public static implicit operator T(SpecializedValue<T> specialized) => specialized.Value;
}

internal static class SpecializedValue
{
    public static SpecializedValue<T> New<T>(T value) where T : unmanaged, IEquatable<T> => new(value);
}
