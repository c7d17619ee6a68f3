namespace LstmGpu.Kernels;

/// <summary>
/// Marks a static method that returns nothing as a kernel. The group has the size that stands here, on every device: kernels size
/// their shared memory by it.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KernelAttribute(int groupX, int groupY = 1, int groupZ = 1) : Attribute
{
    public int GroupX { get; } = groupX;

    public int GroupY { get; } = groupY;

    public int GroupZ { get; } = groupZ;
}

/// <summary>
/// The values that a parameter of type <see cref="ILGPU.Runtime.SpecializedValue{T}"/> takes: one kernel is compiled for each, with the value as a constant.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class ValuesAttribute(params object[] values) : Attribute
{
    public IReadOnlyList<object> Values { get; } = values;
}
