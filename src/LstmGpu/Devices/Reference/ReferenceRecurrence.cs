namespace LstmGpu.Devices.Reference;

/// <summary>Parameters of one layer in one direction, or their gradients. Shapes as <see cref="RecurrentWeights"/>; what nobody asks for is empty.</summary>
internal sealed record RecurrentParameters(
    double[] WeightIh,
    double[] WeightHh,
    double[] BiasIh,
    double[] BiasHh,
    double[] WeightHr,
    double[] Peephole,
    double[] NormIh,
    double[] NormHh,
    double[] NormCell,
    double[] NormCellBias)
{
    public IEnumerable<(string Name, double[] Values)> Named =>
    [
        (nameof(WeightIh), WeightIh), (nameof(WeightHh), WeightHh), (nameof(BiasIh), BiasIh), (nameof(BiasHh), BiasHh), (nameof(WeightHr), WeightHr),
        (nameof(Peephole), Peephole), (nameof(NormIh), NormIh), (nameof(NormHh), NormHh), (nameof(NormCell), NormCell), (nameof(NormCellBias), NormCellBias),
    ];

    public RecurrentParameters Map(Func<double[], double[]> map) => new(
        map(WeightIh), map(WeightHh), map(BiasIh), map(BiasHh), map(WeightHr), map(Peephole), map(NormIh), map(NormHh), map(NormCell), map(NormCellBias));
}

/// <summary>Shapes as <see cref="RecurrentMasks"/>.</summary>
internal sealed record RecurrentMaskValues(double[] Hidden, double[] Candidate, double[] ZoneoutHidden, double[] ZoneoutCell)
{
    public static readonly RecurrentMaskValues None = new([], [], [], []);
}

/// <summary>One layer's call in double precision.</summary>
internal sealed record RecurrentInputs(
    RecurrentShape Shape,
    CellOptions Options,
    RecurrentParameters Parameters,
    RecurrentMaskValues Masks,
    int[] Lengths,       // [B] or empty
    double[] X,          // [T,B,I]
    double[] H0,         // [B,P]
    double[] C0)         // [B,H], empty but for the LSTM
{
    public int LengthOf(int row) => Lengths.Length == 0 ? Shape.T : Lengths[row];
}

/// <summary>The gradients that enter a backward pass.</summary>
internal sealed record RecurrentUpstream(
    double[] DHidden,    // [T,B,P]
    double[] DStateH,    // [B,P]
    double[] DStateC);   // [B,H], empty but for the LSTM

/// <summary>What the forward pass saves; slot 0 of the histories is the initial state. A padded step leaves gates and h at 0 and carries c on.</summary>
internal sealed record RecurrentTrace(
    double[] Hidden,     // [T+1,B,P]
    double[] Cell,       // [T+1,B,H], empty but for the LSTM
    double[] Gates,      // [T,B,G·H] after activation
    ReferenceCell?[] Cells)   // [T,B], null at a padded step
{
    /// <summary>The least distance of any cell from a point where its derivative jumps: 0 of a ReLU, ± the clip.</summary>
    public double Margin => Cells.Min(cell => cell?.Margin) ?? double.PositiveInfinity;

    /// <summary>The largest 1/√(var + ε), 0 without layer normalisation.</summary>
    public double NormScale => Cells.Max(cell => cell?.NormScale) ?? 0;
}

/// <summary>Gradients of one layer over one window.</summary>
internal sealed record RecurrentGradientValues(
    RecurrentParameters Parameters,
    double[] DGates,     // [T,B,G·H] before activation, of the input part
    double[] DX,         // [T,B,I]
    double[] DH0,        // [B,P]
    double[] DC0);       // [B,H], empty but for the LSTM

/// <summary>
/// Every cell with every option, one layer, one direction, in double precision: row by row and step by step, nothing shared with any backend.
/// The step itself is <see cref="ReferenceCell"/>.
/// </summary>
internal static class ReferenceRecurrence
{
    public static RecurrentTrace Forward(RecurrentInputs inputs)
    {
        RecurrentShape shape = inputs.Shape;
        (int p, int h) = (shape.P, shape.HasCellState ? shape.H : 0);
        double[] hidden = new double[(shape.T + 1) * shape.B * p];
        double[] cell = new double[(shape.T + 1) * shape.B * h];
        double[] gates = new double[shape.Rows * shape.GateWidth];
        var cells = new ReferenceCell?[shape.Rows];
        inputs.H0.CopyTo(hidden, 0);
        inputs.C0.CopyTo(cell, 0);
        for (int before = 0; before < shape.Rows; before++)
        {
            // Row `before` of a history is the state before step `before`/B of row `before`%B, the row a batch later the state after it.
            int after = before + shape.B;
            if (before / shape.B >= inputs.LengthOf(before % shape.B))
            {
                Row(cell, before, h).CopyTo(cell, after * h);
                continue;
            }
            ReferenceCell step = new(inputs, before, Row(hidden, before, p), Row(cell, before, h));
            step.Hidden.CopyTo(hidden, after * p);
            step.Cell.CopyTo(cell, after * h);
            step.Gates.CopyTo(gates, before * shape.GateWidth);
            cells[before] = step;
        }
        return new(hidden, cell, gates, cells);
    }

    /// <summary>
    /// Gradients of a loss whose derivative by each step's h is DHidden, by h after a row's own last step additionally DStateH and by c there DStateC.
    /// </summary>
    public static RecurrentGradientValues Backward(RecurrentInputs inputs, RecurrentTrace trace, RecurrentUpstream upstream)
    {
        RecurrentShape shape = inputs.Shape;
        (int p, int h) = (shape.P, shape.HasCellState ? shape.H : 0);
        RecurrentGradientValues gradients = new(
            inputs.Parameters.Map(parameter => new double[parameter.Length]),
            new double[shape.Rows * shape.GateWidth],
            new double[shape.Rows * shape.I],
            (double[])upstream.DStateH.Clone(),
            (double[])upstream.DStateC.Clone());
        for (int n = shape.Rows - 1; n >= 0; n--)
        {
            // A padded step neither adds to the gradients of the row's state nor changes them.
            if (trace.Cells[n] is not { } step)
            {
                continue;
            }
            int row = n % shape.B;
            double[] dh = Row(gradients.DH0, row, p);
            for (int j = 0; j < p; j++)
            {
                dh[j] += upstream.DHidden[n * p + j];
            }
            (double[] dhBefore, double[] dcBefore) = step.Backward(dh, Row(gradients.DC0, row, h), gradients.Parameters);
            dhBefore.CopyTo(gradients.DH0, row * p);
            dcBefore.CopyTo(gradients.DC0, row * h);
            step.DGates.CopyTo(gradients.DGates, n * shape.GateWidth);
            step.DX.CopyTo(gradients.DX, n * shape.I);
        }
        return gradients;
    }

    /// <summary>What both passes leave behind, by name; gradients of parameters are added to <paramref name="before"/>.</summary>
    public static IReadOnlyList<(string Name, double[] Values)> Results(RecurrentInputs inputs, RecurrentUpstream upstream, RecurrentParameters before)
    {
        RecurrentTrace trace = Forward(inputs);
        RecurrentGradientValues gradients = Backward(inputs, trace, upstream);
        return
        [
            ("hidden", trace.Hidden), ("cell", trace.Cell), ("gates", trace.Gates),
            ("dGates", gradients.DGates), ("dX", gradients.DX), ("dStateH", gradients.DH0), ("dStateC", gradients.DC0),
            .. before.Named.Zip(gradients.Parameters.Named, (a, b) => ($"d{a.Name}", a.Values.Zip(b.Values, (held, added) => held + added).ToArray())),
        ];
    }

    /// <summary>A loss whose gradients by the outputs and by each row's last states are those of <paramref name="upstream"/>.</summary>
    public static double Loss(RecurrentInputs inputs, RecurrentUpstream upstream)
    {
        RecurrentShape shape = inputs.Shape;
        RecurrentTrace trace = Forward(inputs);
        double loss = 0;
        for (int n = 0; n < upstream.DHidden.Length; n++)
        {
            loss += upstream.DHidden[n] * trace.Hidden[shape.B * shape.P + n];
        }
        for (int row = 0; row < shape.B; row++)
        {
            int last = inputs.LengthOf(row) * shape.B + row;
            for (int j = 0; j < shape.P; j++)
            {
                loss += upstream.DStateH[row * shape.P + j] * trace.Hidden[last * shape.P + j];
            }
            for (int j = 0; j < shape.H && shape.HasCellState; j++)
            {
                loss += upstream.DStateC[row * shape.H + j] * trace.Cell[last * shape.H + j];
            }
        }
        return loss;
    }

    private static double[] Row(double[] values, int row, int width) => values[(row * width)..((row + 1) * width)];
}
