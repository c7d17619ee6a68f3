using ILGPU;

namespace LstmGpu.Kernels;

/// <summary>The asynchronous copies of one thread that have not arrived: groups in the order of their commits, and the one that is open.</summary>
internal sealed class AsyncCopies
{
    private readonly Queue<List<(ArrayView<float> Shared, int To, float Value)>> groups = new();
    private List<(ArrayView<float> Shared, int To, float Value)> open = [];

    public void Add(ArrayView<float> shared, int to, float value)
    {
        shared[to] = float.NaN;
        open.Add((shared, to, value));
    }

    public void Commit()
    {
        groups.Enqueue(open);
        open = [];
    }

    public void Wait(int underWay)
    {
        while (groups.Count > underWay)
        {
            foreach ((ArrayView<float> shared, int to, float value) in groups.Dequeue())
            {
                shared[to] = value;
            }
        }
    }

    /// <summary>The thread begins anew, in a group with other memory.</summary>
    public void Clear()
    {
        groups.Clear();
        open.Clear();
    }
}
