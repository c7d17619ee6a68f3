namespace LstmGpu.Devices.Cpu;

/// <summary>
/// What both directions of the general recurrence share. Threads stay for all steps. A step is a few phases, products and pointwise parts; members
/// share them by rows of the batch, which need no hand-over, or by panels and units, with one barrier per phase.
/// </summary>
internal abstract unsafe class RecurrentWalk<S, V>(CpuThreadTeam team, CpuBuffer[] scratch) : ITeamTask where S : struct, ISimd<V> where V : unmanaged
{
    private bool byRows;

    protected CpuThreadTeam Team => team;

    /// <summary>The call, set before the walk.</summary>
    protected RecurrentCall Call;

    public void Set(in RecurrentCall call, bool sharesRows)
    {
        Call = call;
        byRows = sharesRows;
    }

    public abstract void Run(int member);

    /// <summary>Every member's part of a phase is visible to all. Rows of a batch never meet.</summary>
    protected void EndPhase()
    {
        if (!byRows)
        {
            team.Barrier();
        }
    }

    /// <summary>C = init + A·B over the batch, or C += mask∘(A·B); arguments as <see cref="StepProduct{S,V}"/>'s.</summary>
    protected void Product(
        int member, float* a, int aWidth, float* packed, int depth, int columns, float* init, nint initRow, float* c, int cWidth, float* mask = null)
    {
        int panels = CpuGemm<S, V>.Panels(columns);
        StepProduct<S, V>.Run(
            byRows ? CpuGemm<S, V>.Share(Call.Shape.B, member, team.Count) : (0, Call.Shape.B),
            byRows ? (0, panels) : CpuGemm<S, V>.Share(panels, member, team.Count),
            columns, depth, a, aWidth, packed, init, initRow, mask, c, cWidth, (float*)scratch[member].Pointer);
    }

    /// <summary>A member's rows and units of a pointwise phase over [B,width]. A row whose mean is taken is not cut.</summary>
    protected (int RowFrom, int RowTo, int From, int To) Part(int member, int width, bool wholeRows)
    {
        if (byRows || wholeRows)
        {
            (int rowFrom, int rowTo) = CpuGemm<S, V>.Share(Call.Shape.B, member, team.Count);
            return (rowFrom, rowTo, 0, width);
        }
        (int from, int to) = CpuGemm<S, V>.Share((width + S.Count - 1) / S.Count, member, team.Count);
        return (0, Call.Shape.B, from * S.Count, Math.Min(width, to * S.Count));
    }

    /// <summary>0 in some units of a row of every block.</summary>
    protected static void Clear(float* row, int blocks, int width, int from, int to)
    {
        for (int block = 0; row != null && block < blocks; block++)
        {
            new Span<float>(row + (long)block * width + from, Math.Max(0, to - from)).Clear();
        }
    }
}
