namespace LstmGpu.Devices.Cpu;

/// <summary>
/// Scratch of a pass. A parameter that enters every step elementwise gets its gradient row by row of the batch first, over all steps;
/// the rows are added at the end in ascending order: the bits do not depend on which thread had which row.
/// </summary>
internal readonly unsafe struct RecurrentWorkspace(RecurrentShape shape, CellOptions options, float* start)
{
    // A row of odd width is read in whole vectors.
    private const int Tail = 64;

    private long Units => (long)shape.B * shape.H;

    private long PeepholeLength => options.Peephole ? 3 * Units : 0;

    private long NormLength => options.LayerNorm ? Units : 0;

    /// <summary>[T,B,P] gradient of W_hr·u.</summary>
    public float* DProjected => start;

    /// <summary>[B,H] gradient of u = o∘tanh(c) before its projection, or of r∘h'.</summary>
    public float* DUnits => DProjected + (shape.HasProjection ? (long)shape.Rows * shape.P : 0);

    /// <summary>[B,4H] one row of scratch for each row of the batch.</summary>
    public float* NormRows => DUnits + (shape.HasProjection || shape.Cell == CellKind.GruResetBefore ? Units : 0);

    /// <summary>[B,3H] Σ_t of the peepholes' gradients; the others alike.</summary>
    public float* Peephole => NormRows + 4 * NormLength;

    public float* NormIh => Peephole + PeepholeLength;

    public float* NormHh => NormIh + 4 * NormLength;

    public float* NormCell => NormHh + 4 * NormLength;

    public float* NormCellBias => NormCell + NormLength;

    private float* End => NormCellBias + NormLength + Tail;

    /// <summary>Floats of the whole.</summary>
    public long Length => End - start;

    public void ClearSums()
    {
        for (float* at = Peephole; at < End;)
        {
            int count = (int)Math.Min(End - at, int.MaxValue);
            new Span<float>(at, count).Clear();
            at += count;
        }
    }
}
