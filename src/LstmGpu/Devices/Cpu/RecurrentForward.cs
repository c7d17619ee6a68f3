namespace LstmGpu.Devices.Cpu;

/// <summary>All steps forward; the input product of the whole window stands in the gates (before layer normalisation in its own buffer) already.</summary>
internal sealed unsafe class RecurrentForward<S, V>(CpuThreadTeam team, CpuBuffer[] scratch) : RecurrentWalk<S, V>(team, scratch)
    where S : struct, ISimd<V> where V : unmanaged
{
    public override void Run(int member)
    {
        if (Call.HiddenInput != null)
        {
            (int rowFrom, int rowTo, int from, int to) = Part(member, Call.Shape.P, wholeRows: false);
            for (int row = rowFrom; row < rowTo; row++)
            {
                HiddenState<S, V>.MaskInitial(Call, row, from, to);
            }
            EndPhase();
        }
        for (int t = 0; t < Call.Shape.T; t++)
        {
            HiddenProducts(member, t);
            Cells(member, t);
            EndPhase();
            if (Call.Shape.HasProjection)
            {
                Project(member, t);
            }
        }
    }

    private void HiddenProducts(int member, int t)
    {
        RecurrentShape shape = Call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, Call.Options, Call.Packed);
        int width = shape.GateWidth;
        float* input = Call.StepInput(t);
        float* gates = Call.Gates + t * (long)shape.B * width;
        float* apart = Call.HiddenGates + t * (long)shape.B * width;
        if (Call.Options.LayerNorm)
        {
            Product(member, input, shape.P, panels.StateForward, shape.P, width, null, 0, apart, width);
        }
        else
        {
            Product(member, input, shape.P, panels.StateForward, shape.P, panels.FirstRows, gates, width, gates, width);
        }
        if (shape.Cell == CellKind.Gru)
        {
            Product(member, input, shape.P, panels.LastForward, shape.P, shape.H, panels.LastBias, 0, apart + panels.FirstRows, width);
        }
        EndPhase();
        if (shape.Cell == CellKind.GruResetBefore)
        {
            (int rowFrom, int rowTo, int from, int to) = Part(member, shape.H, wholeRows: false);
            for (int row = rowFrom; row < rowTo; row++)
            {
                GruCell<S, V>.Reset(Call, t, row, from, to);
            }
            EndPhase();
            float* reset = Call.ResetHidden + Call.Row(t, 0) * shape.H;
            float* last = gates + panels.FirstRows;
            Product(member, reset, shape.H, panels.LastForward, shape.H, shape.H, last, width, last, width);
            EndPhase();
        }
    }

    private void Cells(int member, int t)
    {
        bool normed = Call.Options.LayerNorm;
        float* bias = new RecurrentPanels<S, V>(Call.Shape, Call.Options, Call.Packed).Bias;
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
                case CellKind.Lstm when normed: NormedLstm<S, V>.Forward(Call, bias, t, row); break;
                case CellKind.Lstm: LstmVariant<S, V>.Forward(Call, t, row, from, to); break;
                case CellKind.Gru or CellKind.GruResetBefore: GruCell<S, V>.Forward(Call, t, row, from, to); break;
                default: RnnCell<S, V>.Forward(Call, t, row, from, to); break;
            }
        }
    }

    // h = W_hr·u
    private void Project(int member, int t)
    {
        RecurrentShape shape = Call.Shape;
        var panels = new RecurrentPanels<S, V>(shape, Call.Options, Call.Packed);
        float* unprojected = Call.Unprojected + Call.Row(t, 0) * shape.H;
        Product(member, unprojected, shape.H, panels.ProjectForward, shape.H, shape.P, null, 0, Call.Hidden + (t + 1) * Call.StateLength, shape.P);
        EndPhase();
        if (Call.HiddenInput == null && Call.Options.ZoneoutHidden == 0 && Call.ZoneoutHidden == null)
        {
            return;
        }
        (int rowFrom, int rowTo, int from, int to) = Part(member, shape.P, wholeRows: false);
        for (int row = rowFrom; row < rowTo; row++)
        {
            if (!Call.IsPadded(t, row))
            {
                HiddenState<S, V>.Finish(Call, t, row, from, to);
            }
            else if (t + 1 < shape.T && Call.HiddenInput != null)
            {
                Clear(Call.HiddenInput + Call.Row(t + 1, row) * shape.P, 1, shape.P, from, to);
            }
        }
        EndPhase();
    }

    // Gates and h are 0, c is carried on. A projection of zeros is 0.
    private void Pad(int t, int row, int from, int to)
    {
        RecurrentShape shape = Call.Shape;
        long at = Call.Row(t, row);
        Clear(Call.Gates + at * shape.GateWidth, shape.Gates, shape.H, from, to);
        if (Call.Cell != null && shape.HasCellState)
        {
            float* c = Call.Cell + at * shape.H;
            new ReadOnlySpan<float>(c + from, Math.Max(0, to - from)).CopyTo(new Span<float>(c + (long)shape.B * shape.H + from, Math.Max(0, to - from)));
        }
        ClearUnits(Call.Unprojected, shape.H, at, from, to);
        ClearUnits(Call.ResetHidden, shape.H, at, from, to);
        if (!shape.HasProjection)
        {
            ClearUnits(Call.Hidden, shape.P, at + shape.B, from, to);
            ClearUnits(t + 1 < shape.T ? Call.HiddenInput : null, shape.P, at + shape.B, from, to);
        }
    }

    private static void ClearUnits(float* matrix, int width, long row, int from, int to) => Clear(matrix == null ? null : matrix + row * width, 1, width, from, to);
}
