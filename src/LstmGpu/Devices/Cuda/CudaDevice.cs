namespace LstmGpu.Devices.Cuda;

/// <summary>A device as its driver describes it.</summary>
/// <param name="Ordinal">Its number among the devices that the driver shows to this process: the N of <c>cuda:N</c>.</param>
/// <param name="Id">The driver's CUdevice.</param>
/// <param name="Driver">The CUDA version that the driver brings.</param>
/// <param name="ComputeCapability">Major and minor.</param>
/// <param name="GlobalMemory">Bytes.</param>
/// <param name="SharedMemory">Bytes that one group may have, opted in.</param>
/// <param name="HasPools">Whether memory can be taken and given back in the order of a stream.</param>
/// <param name="IsCooperative">Whether all groups of a launch can wait for each other.</param>
/// <param name="HasClusters">Whether groups can share a cluster.</param>
/// <param name="Unusable">Why it cannot train, or null.</param>
internal sealed record CudaDevice(
    int Ordinal,
    int Id,
    string Name,
    Version Driver,
    Version ComputeCapability,
    int Multiprocessors,
    long GlobalMemory,
    int SharedMemory,
    bool HasPools,
    bool IsCooperative,
    bool HasClusters,
    string? Unusable)
{
    /// <summary>Whether it multiplies small matrices of tf32, bfloat16 and binary16 as one operation, and copies to shared memory by itself.</summary>
    public bool HasTensorCores => Architecture >= 80;

    /// <summary>10·major + minor.</summary>
    public int Architecture => (10 * ComputeCapability.Major) + ComputeCapability.Minor;
}
