namespace LstmGpu.Data;

/// <summary>One case of a time-series file.</summary>
/// <param name="Values">[T,F] with F dimensions.</param>
/// <param name="Label">null where the file has no labels.</param>
internal sealed record TimeSeriesCase(float[] Values, int Length, string? Label);
