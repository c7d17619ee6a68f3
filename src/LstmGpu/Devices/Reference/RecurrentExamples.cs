namespace LstmGpu.Devices.Reference;

/// <summary>What a case of the recurrence asks for beside its sizes.</summary>
/// <param name="HiddenMask">The training pass has the mask of h', <paramref name="CandidateMask"/> that of the candidate.</param>
/// <param name="Training">Zoneout draws masks; otherwise it takes the expectation.</param>
internal readonly record struct RecurrentVariant(
    CellKind Cell, CellOptions Options = default, bool HiddenMask = false, bool CandidateMask = false, bool Training = true, bool Projection = false)
{
    public bool IsPlain => Options == default && !HiddenMask && !CandidateMask && !Projection;

    /// <summary>As a failure names it.</summary>
    public override string ToString()
    {
        (string Name, bool On)[] parts =
        [
            ("peephole", Options.Peephole), ("coupled", Options.Coupled), ("layer norm", Options.LayerNorm), ("clip", Options.CellClip > 0),
            ("zoneout h", Options.ZoneoutHidden > 0), ("zoneout c", Options.ZoneoutCell > 0), ("hidden mask", HiddenMask),
            ("candidate mask", CandidateMask), ("evaluation", !Training), ("projection", Projection),
        ];
        return string.Join(", ", [$"{Cell}", .. parts.Where(part => part.On).Select(part => part.Name)]);
    }
}

/// <summary>Inputs of the general recurrence for checks; every value is exact in float32.</summary>
internal static class RecurrentExamples
{
    private const float Clip = 0.4f;
    private const float Zoneout = 0.3f;

    /// <summary>Every option of every cell alone, and all of a cell's together; without projection.</summary>
    public static IEnumerable<RecurrentVariant> Variants { get; } =
    [
        new(CellKind.Lstm),
        new(CellKind.Lstm, new(Peephole: true)),
        new(CellKind.Lstm, new(Coupled: true)),
        new(CellKind.Lstm, new(LayerNorm: true)),
        new(CellKind.Lstm, new(LayerNorm: true, Coupled: true)),
        new(CellKind.Lstm, new(CellClip: Clip)),
        new(CellKind.Lstm, new(ZoneoutHidden: Zoneout, ZoneoutCell: Zoneout)),
        new(CellKind.Lstm, new(ZoneoutHidden: Zoneout, ZoneoutCell: Zoneout), Training: false),
        new(CellKind.Lstm, HiddenMask: true),
        new(CellKind.Lstm, CandidateMask: true),
        new(CellKind.Lstm, new(Peephole: true, LayerNorm: true, CellClip: Clip, ZoneoutHidden: Zoneout, ZoneoutCell: Zoneout), true, true),
        new(CellKind.Lstm, new(true, true, true, Clip, Zoneout, Zoneout), true, true),
        .. ((CellKind[])[CellKind.Gru, CellKind.GruResetBefore, CellKind.RnnTanh, CellKind.RnnRelu]).SelectMany(Recurrent),
    ];

    /// <summary>The same, and those of the LSTM with projection too.</summary>
    public static IEnumerable<RecurrentVariant> AndProjected =>
        [.. Variants, .. Variants.Where(variant => variant.Cell == CellKind.Lstm).Select(variant => variant with { Projection = true })];

    /// <summary>Of every cell, and of the LSTM with projection, the plain one and the one with all its options.</summary>
    public static IEnumerable<RecurrentVariant> Representative =>
        AndProjected.GroupBy(variant => (variant.Cell, variant.Projection)).SelectMany(cell => (RecurrentVariant[])[cell.First(), cell.Last()]);

    public static string Sizes(this RecurrentShape shape) =>
        $"T={shape.T} B={shape.B} I={shape.I} H={shape.H}{(shape.HasProjection ? $" P={shape.P}" : "")}";

    /// <summary>Steps of B rows: in no order, 0 and T among them where there are rows enough.</summary>
    public static int[] Lengths(int steps, int batch) => [.. Enumerable.Range(0, batch).Select(row => (7 * row + Math.Max(1, steps - 1)) % (steps + 1))];

    /// <summary>
    /// x and states uniform in [−1, 1], weights uniform in ±1/√H, factors of a norm near 1. The seed is the first of which no cell comes so near the
    /// edge of a ReLU or of the clip that a rounding error, or a finite difference, could carry it over.
    /// </summary>
    public static (RecurrentInputs Inputs, RecurrentUpstream Upstream) Case(
        RecurrentVariant variant, int t, int b, int i, int h, bool bias, bool lengths, ulong seed, double margin = 2e-5)
    {
        while (true)
        {
            UniformInputs uniform = new(seed);
            RecurrentInputs inputs = Inputs(variant, new(variant.Cell, t, b, i, h, variant.Projection ? (h + 1) / 2 : h), bias, lengths, uniform);
            bool hasEdge = variant.Cell == CellKind.RnnRelu || variant.Options.CellClip > 0;
            if (!hasEdge || ReferenceRecurrence.Forward(inputs).Margin > margin)
            {
                RecurrentShape shape = inputs.Shape;
                return (inputs, new(Uniform(shape.Rows * shape.P), Uniform(b * shape.P), Uniform(inputs.C0.Length)));
            }
            seed += 1000;

            double[] Uniform(int length) => uniform.Floats(length).ToDoubles();
        }
    }

    /// <summary>What the gradients of the parameters may hold before they are added to.</summary>
    public static RecurrentParameters Before(RecurrentInputs inputs, ulong seed)
    {
        UniformInputs uniform = new(seed);
        return inputs.Parameters.Map(values => uniform.Floats(values.Length).ToDoubles());
    }

    private static IEnumerable<RecurrentVariant> Recurrent(CellKind cell)
    {
        CellOptions zoneout = new(ZoneoutHidden: Zoneout);
        bool gated = cell is CellKind.Gru or CellKind.GruResetBefore;
        return
        [
            new(cell),
            new(cell, zoneout),
            new(cell, zoneout, Training: false),
            new(cell, HiddenMask: true),
            .. gated ? [new(cell, CandidateMask: true)] : (RecurrentVariant[])[],
            new(cell, zoneout, HiddenMask: true, CandidateMask: gated),
        ];
    }

    private static RecurrentInputs Inputs(RecurrentVariant variant, RecurrentShape shape, bool bias, bool lengths, UniformInputs uniform)
    {
        CellOptions options = variant.Options;
        float bound = (float)(1 / Math.Sqrt(shape.H));
        double[] Weights(bool wanted, int length) => wanted ? uniform.Floats(length, bound).ToDoubles() : [];
        double[] Factors(bool wanted, int length) => wanted ? [.. uniform.Floats(length, 0.5f).Select(value => (double)(1 + value))] : [];
        // As dropout makes it of ones
        double[] Mask(bool wanted, int length, float probability) =>
            wanted ? [.. uniform.Floats(length).Select(value => (value + 1) / 2 >= probability ? (double)(1 / (1 - probability)) : 0)] : [];
        RecurrentParameters parameters = new(
            Weights(true, shape.GateWidth * shape.I),
            Weights(true, shape.GateWidth * shape.P),
            Weights(bias, shape.GateWidth),
            Weights(bias, shape.GateWidth),
            Weights(shape.HasProjection, shape.P * shape.H),
            Weights(options.Peephole, 3 * shape.H),
            Factors(options.LayerNorm, shape.GateWidth),
            Factors(options.LayerNorm, shape.GateWidth),
            Factors(options.LayerNorm, shape.H),
            Weights(options.LayerNorm, shape.H));
        RecurrentMaskValues masks = new(
            Mask(variant.HiddenMask, shape.B * shape.P, 0.25f),
            Mask(variant.CandidateMask, shape.Rows * shape.H, 0.25f),
            Mask(variant.Training && options.ZoneoutHidden > 0, shape.Rows * shape.P, options.ZoneoutHidden),
            Mask(variant.Training && options.ZoneoutCell > 0, shape.Rows * shape.H, options.ZoneoutCell));
        return new(
            shape,
            options,
            parameters,
            masks,
            lengths ? Lengths(shape.T, shape.B) : [],
            uniform.Floats(shape.Rows * shape.I).ToDoubles(),
            uniform.Floats(shape.B * shape.P).ToDoubles(),
            uniform.Floats(shape.HasCellState ? shape.B * shape.H : 0).ToDoubles());
    }
}
