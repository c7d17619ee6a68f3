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

    /// <summary>
    /// Let the device compilers fuse a·b + c into one rounding. On a GPU that halves the time of a product; without it a kernel gives
    /// the same bits on every device.
    /// </summary>
    public bool Contract { get; set; }

    /// <summary>
    /// The least compute capability, 10·major + minor, of the CUDA devices that have the instructions of this kernel: it is compiled for them alone, and
    /// whoever launches it has another for the other devices. 0: it runs on every device.
    /// </summary>
    public int ComputeCapability { get; set; }

    /// <summary>All groups of a launch run at once, so that they may wait for each other; it takes a device that promises that, and a grid that fits on it.</summary>
    public bool Cooperative { get; set; }

    /// <summary>Groups that share a cluster (<see cref="LstmGpu.Kernels.Cluster"/>), 2 to 8; the grid is a multiple of it. 0: no clusters.</summary>
    public int Cluster { get; set; }
}

/// <summary>A struct of 2 or 4 equal numbers that lies at a multiple of its size: read and written in one access, through <see cref="ILGPU.ArrayView{T}.Cast"/>.</summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class VectorAttribute : Attribute;

/// <summary>
/// The values that a parameter of type <see cref="ILGPU.Runtime.SpecializedValue{T}"/> takes: one kernel is compiled for each, with the value as a constant.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class ValuesAttribute(params object[] values) : Attribute
{
    public IReadOnlyList<object> Values { get; } = values;
}
