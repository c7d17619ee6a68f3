namespace LstmGpu.Devices.Cpu;

/// <summary>
/// Some steps backward. DStateH and DStateC hold the gradients of the state after the step, and of the state before it when the step is done. So a
/// row's last state enters at its own last step: steps beyond it leave them as they are.
/// </summary>
internal sealed unsafe class RecurrentBackward<S, V>(CpuThreadTeam team, CpuBuffer[] scratch) : RecurrentWalk<S, V>(team, scratch)
    where S : struct, ISimd<V> where V : unmanaged
{
    private int begin, end;

    /// <summary>The steps of the next run, begin … end − 1.</summary>
    public void Steps(int first, int afterLast)
    {
        begin = first;
        end = afterLast;
    }

    public override void Run(int member)
    {
        for (int t = end - 1; t >= begin; t--)
        {
            if (Call.Shape.HasProjection)
            {
                Project(member, t);
            }
            Cells(member, t);
            EndPhase();
            HiddenProducts(member, t);
            EndPhase();
        }
        if (Call.DBiasIh != null)
        {
            Team.Barrier();
            BiasGradients(member);
        }
    }

    // du = W_hrᵀ·dh
    private void Project(int member, int t)
    {
        RecurrentShape shape = Call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, Call.Options, Call.Packed);
        (int rowFrom, int rowTo, int from, int to) = Part(member, shape.P, wholeRows: false);
        for (int row = rowFrom; row < rowTo; row++)
        {
            if (Call.IsPadded(t, row))
            {
                Clear(Call.Workspace.DProjected + Call.Row(t, row) * shape.P, 1, shape.P, from, to);
            }
            else
            {
                HiddenState<S, V>.Begin(Call, t, row, from, to);
            }
        }
        EndPhase();
        float* dProjected = Call.Workspace.DProjected + Call.Row(t, 0) * shape.P;
        Product(member, dProjected, shape.P, panels.ProjectBackward, shape.P, shape.H, null, 0, Call.Workspace.DUnits, shape.H);
        EndPhase();
    }

    private void Cells(int member, int t)
    {
        bool normed = Call.Options.LayerNorm;
        (int rowFrom, int rowTo, int from, int to) = Part(member, Call.Shape.H, wholeRows: normed);
        for (int row = rowFrom; row < rowTo; row++)
        {
            if (Call.IsPadded(t, row))
            {
                Pad(t, row, from, to);
                continue;
            }
            switch (Call.Shape.Cell)
            {
                case CellKind.Lstm when normed: NormedLstm<S, V>.Backward(Call, t, row); break;
                case CellKind.Lstm: LstmVariant<S, V>.Backward(Call, t, row, from, to, null); break;
                case CellKind.Gru or CellKind.GruResetBefore: GruCell<S, V>.Backward(Call, t, row, from, to); break;
                default: RnnCell<S, V>.Backward(Call, t, row, from, to); break;
            }
        }
    }

    // dh' += mask∘(W_hhᵀ·da)
    private void HiddenProducts(int member, int t)
    {
        RecurrentShape shape = Call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, Call.Options, Call.Packed);
        int width = shape.GateWidth;
        float* gates = Call.DHiddenGates + t * (long)shape.B * width;
        float* last = gates + panels.FirstRows;
        float* state = Call.DStateH;
        int lastRows = width - panels.FirstRows;
        if (shape.Cell == CellKind.GruResetBefore)
        {
            Product(member, last, width, panels.LastBackward, lastRows, shape.P, null, 0, Call.Workspace.DUnits, shape.H);
            EndPhase();
            (int rowFrom, int rowTo, int from, int to) = Part(member, shape.H, wholeRows: false);
            for (int row = rowFrom; row < rowTo; row++)
            {
                if (!Call.IsPadded(t, row))
                {
                    GruCell<S, V>.ResetBackward(Call, t, row, from, to);
                }
            }
            EndPhase();
        }
        float* init = Call.HiddenMask == null ? state : null;
        Product(member, gates, width, panels.StateBackward, panels.FirstRows, shape.P, init, shape.P, state, shape.P, Call.HiddenMask);
        if (shape.Cell == CellKind.Gru)
        {
            Product(member, last, width, panels.LastBackward, lastRows, shape.P, init, shape.P, state, shape.P, Call.HiddenMask);
        }
    }

    private void BiasGradients(int member)
    {
        int width = Call.Shape.GateWidth;
        int rows = (end - begin) * Call.Shape.B;
        float* gates = Call.Gates + Call.Row(begin, 0) * width;
        (int from, int to) = CpuGemm<S, V>.Share(width, member, Team.Count);
        if (Call.Shape.Cell == CellKind.Gru)
        {
            CpuReductions<S, V>.AddColumnSums(gates, rows, width, from, to, Call.DBiasIh, null);
            CpuReductions<S, V>.AddColumnSums(Call.HiddenGates + Call.Row(begin, 0) * width, rows, width, from, to, Call.DBiasHh, null);
        }
        else
        {
            CpuReductions<S, V>.AddColumnSums(gates, rows, width, from, to, Call.DBiasIh, Call.DBiasHh);
        }
    }

    // No gradient of a padded step; those of the state stay as they are.
    private void Pad(int t, int row, int from, int to)
    {
        RecurrentShape shape = Call.Shape;
        long at = Call.Row(t, row) * shape.GateWidth;
        Clear(Call.Gates + at, shape.Gates, shape.H, from, to);
        Clear(Call.HiddenGates == null ? null : Call.HiddenGates + at, shape.Gates, shape.H, from, to);
        Clear(Call.InputNorm == null ? null : Call.InputNorm + at, shape.Gates, shape.H, from, to);
    }
}
