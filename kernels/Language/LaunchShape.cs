using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>How many groups of how many threads, and the bytes of <see cref="SharedMemory.GetDynamic{T}"/>.</summary>
/// <param name="Cooperative">All groups run at once and may wait for each other.</param>
/// <param name="Cluster">Groups that share a cluster and run at once; 0: none.</param>
internal readonly record struct LaunchShape(Index3D Grid, Index3D Group, int DynamicSharedBytes = 0, bool Cooperative = false, int Cluster = 0)
{
    /// <summary>What every GPU of the last fifteen years takes.</summary>
    public const int MaxGroupSize = 1024;

    public LaunchShape(int groups, int groupSize) : this((groups, 1, 1), (groupSize, 1, 1))
    {
    }
}
