namespace LstmGpu.Data;

/// <summary>Characters for training, from the start of the text, and held out, to its end.</summary>
internal readonly record struct CorpusSplit(long Training, long Validation)
{
    /// <summary>The first ⌊length·(1 − fraction)⌋ characters train. In decimal: 1 − 0.1 is 0.9 there.</summary>
    public static CorpusSplit Of(long length, double validationFraction)
    {
        long training = (long)Math.Floor(length * (1 - (decimal)validationFraction));
        return new(training, length - training);
    }
}
