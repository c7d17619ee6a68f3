using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>How many groups of how many threads, and the bytes of <see cref="SharedMemory.GetDynamic{T}"/>.</summary>
internal readonly record struct LaunchShape(Index3D Grid, Index3D Group, int DynamicSharedBytes = 0)
{
    /// <summary>What every GPU of the last fifteen years takes.</summary>
    public const int MaxGroupSize = 1024;

    public LaunchShape(int groups, int groupSize) : this((groups, 1, 1), (groupSize, 1, 1))
    {
    }
}
