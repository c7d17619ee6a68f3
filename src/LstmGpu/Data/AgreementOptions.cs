namespace LstmGpu.Data;

/// <summary>What decides every byte of an agreement corpus.</summary>
/// <param name="Seed">Same seed, same file, on every machine.</param>
/// <param name="Sentences">Lines of the file.</param>
/// <param name="MaxDistance">Largest number of tokens between cue and dependent word. Half of the distances are drawn evenly from 1 to this, half from 1 to 10.</param>
internal sealed record AgreementOptions(long Seed = 1, int Sentences = 20_000, int MaxDistance = 60)
{
    public const int LargestDistance = 1000;

    /// <exception cref="ConfigurationException">A value is out of range.</exception>
    public void Validate()
    {
        if (Seed < 0)
        {
            throw new ConfigurationException(FormattableString.Invariant($"--seed is {Seed}, expected 0 or more"));
        }

        if (Sentences < 1)
        {
            throw new ConfigurationException(FormattableString.Invariant($"the number of sentences is {Sentences}, expected 1 or more"));
        }

        if (MaxDistance is < 1 or > LargestDistance)
        {
            throw new ConfigurationException(FormattableString.Invariant($"the largest distance is {MaxDistance}, expected 1 to {LargestDistance} tokens"));
        }
    }
}
