namespace LstmGpu.Data;

/// <summary>
/// Batches of examples of similar length. An epoch is a pure function of (lengths, batch size, seed, epoch): the examples are shuffled, cut into pools of 64
/// batches, sorted by length within each pool and cut into batches, and the batches are shuffled. Each example occurs once per epoch; one batch
/// may have fewer than B. No state beyond the step decides what follows, so resuming inside an epoch goes on with the same bits.
/// </summary>
internal sealed class BucketedBatches
{
    private const int PoolBatches = 64;
    private const uint ExampleOrder = 0;
    private const uint BatchOrder = 1;

    private readonly int[] lengths;
    private readonly int batch;
    private readonly long? seed;
    private int[] examples = [];
    private int[] batches = [];
    private long builtEpoch = -1;

    /// <param name="lengths">Steps of each example.</param>
    /// <param name="batch">Most examples of a batch, B.</param>
    /// <param name="seed">null: no shuffling, sorted by length, as an evaluation wants it.</param>
    public BucketedBatches(int[] lengths, int batch, long? seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lengths.Length, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        (this.lengths, this.batch, this.seed) = (lengths, batch, seed);
        BatchesPerEpoch = (lengths.Length + batch - 1) / batch;
    }

    public int BatchesPerEpoch { get; }

    /// <summary>The places of the examples of a batch, 1…B of them.</summary>
    /// <param name="step">From 0; the epoch is step / <see cref="BatchesPerEpoch"/>.</param>
    public ReadOnlySpan<int> Batch(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Build(step / BatchesPerEpoch);
        int start = batches[(int)(step % BatchesPerEpoch)] * batch;
        return examples.AsSpan(start, Math.Min(batch, examples.Length - start));
    }

    /// <summary>What padding to the longest example of each batch, and to B rows, costs in an epoch.</summary>
    public PaddingShare Padding(long epoch)
    {
        PaddingShare share = default;
        for (int n = 0; n < BatchesPerEpoch; n++)
        {
            int longest = 0;
            foreach (int example in Batch(epoch * BatchesPerEpoch + n))
            {
                longest = Math.Max(longest, lengths[example]);
                share = share with { Steps = share.Steps + lengths[example] };
            }

            share = share with { Computed = share.Computed + (long)batch * longest };
        }

        return share;
    }

    private void Build(long epoch)
    {
        if (builtEpoch == epoch || (seed is null && builtEpoch >= 0))
        {
            return;
        }

        examples = seed is { } exampleSeed ? Permutation.Of(lengths.Length, exampleSeed, epoch, ExampleOrder) : [.. Enumerable.Range(0, lengths.Length)];
        batches = seed is { } batchSeed ? Permutation.Of(BatchesPerEpoch, batchSeed, epoch, BatchOrder) : [.. Enumerable.Range(0, BatchesPerEpoch)];
        int pool = seed is null ? lengths.Length : (int)Math.Min((long)PoolBatches * batch, lengths.Length);
        for (int start = 0; start < examples.Length; start += pool)
        {
            SortByLength(examples.AsSpan(start, Math.Min(pool, examples.Length - start)));
        }

        builtEpoch = epoch;
    }

    // The place breaks ties, so the order does not hang on the sorting method.
    private void SortByLength(Span<int> pool)
    {
        long[] keys = new long[pool.Length];
        for (int n = 0; n < pool.Length; n++)
        {
            keys[n] = ((long)lengths[pool[n]] << 32) | (uint)n;
        }

        keys.AsSpan().Sort(pool);
    }
}
