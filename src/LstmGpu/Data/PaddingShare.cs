namespace LstmGpu.Data;

/// <summary>What padding costs in an epoch.</summary>
/// <param name="Steps">Steps of the examples.</param>
/// <param name="Computed">Steps of the batches: rows times the longest example of each.</param>
internal readonly record struct PaddingShare(long Steps, long Computed)
{
    /// <summary>The share of computed steps that are padding, 0…1.</summary>
    public double Padded => Computed == 0 ? 0 : (double)(Computed - Steps) / Computed;
}
