namespace LstmGpu.Kernels;

/// <summary>How a parameter travels: a view is three arguments (buffer, 64-bit offset, 64-bit length), the rest is one; bool is a byte.</summary>
internal enum KernelArgument
{
    View,
    Scalar,
    Struct,
}

/// <summary>A kernel as text, with what a launch must know. The generator writes one per kernel, and per value of a specialised parameter.</summary>
internal sealed record KernelText(
    string Name,
    string OpenCl,
    string Cuda,
    (int X, int Y, int Z) GroupSize,
    (string Name, KernelArgument Kind, Type Type)[] Parameters,
    bool UsesDynamicSharedMemory)
{
    /// <summary>The least of the CUDA devices that run it, 10·major + minor, and there is no OpenCL text; 0: every device.</summary>
    public int ComputeCapability { get; init; }

    /// <summary>All groups of a launch run at once and may wait for each other.</summary>
    public bool Cooperative { get; init; }

    /// <summary>Groups that share a cluster; 0: it knows no clusters.</summary>
    public int Cluster { get; init; }
}
