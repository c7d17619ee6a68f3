using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>
/// Groups that run side by side and reach each other's shared memory (sm_90), in a kernel that says of how many its clusters are. A group must not end
/// while another may still read its memory: a barrier comes last. The kernel compiler knows this class; what stands here is what the emulator runs.
/// </summary>
internal static class Cluster
{
    /// <summary>Which group of its cluster this is: %cluster_ctarank.</summary>
    public static int Rank() => KernelThread.Current.ClusterRank;

    /// <summary>%cluster_nctarank.</summary>
    public static int Size() => KernelThread.Current.ClusterSize;

    /// <summary>Every thread of the cluster comes here; what each wrote before is seen by all after it: barrier.cluster, released and acquired.</summary>
    public static void Barrier() => KernelThread.Current.ClusterBarrier();

    /// <summary>Four words of the same shared array in the group <paramref name="rank"/>, from a multiple of four on: mapa, ld.shared::cluster.v4.</summary>
    public static void LoadFour(ArrayView<uint> shared, int at, int rank, ref uint x, ref uint y, ref uint z, ref uint w)
    {
        ArrayView<uint> theirs = KernelThread.Current.OfCluster(shared.SubView(at, 4), rank);
        theirs.Cast<Float4>();
        (x, y, z, w) = (theirs[0], theirs[1], theirs[2], theirs[3]);
    }
}
