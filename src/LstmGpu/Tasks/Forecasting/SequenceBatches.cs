using LstmGpu.Data;

namespace LstmGpu.Tasks.Forecasting;

/// <summary>Scaled batches of a range of sequences, padded to the longest of each.</summary>
internal sealed class SequenceBatches
{
    private readonly SequenceTable table;
    private readonly ColumnScaler scaler;
    private readonly int first;
    private readonly int[] lengths;
    private readonly BucketedBatches batches;
    private readonly float[] x, y;
    private readonly int[] rows;

    /// <param name="first">The first sequence of the range.</param>
    /// <param name="seed">null: in order of length, for an evaluation.</param>
    public SequenceBatches(SequenceTable table, ColumnScaler scaler, int first, int count, int batch, long? seed)
    {
        (this.table, this.scaler, this.first) = (table, scaler, first);
        lengths = table.Lengths.AsSpan(first, count).ToArray();
        batches = new BucketedBatches(lengths, batch, seed);
        (x, y, rows) = (new float[(long)lengths.Max() * batch * table.Columns.Length], new float[batch], new int[batch]);
        Batch = batch;
    }

    public int Count => lengths.Length;

    public int Batch { get; }

    public int PerEpoch => batches.BatchesPerEpoch;

    /// <summary>Puts a batch on the device; returns the places of its sequences in the table.</summary>
    public int[] Set(ForecastModel model, long step)
    {
        ReadOnlySpan<int> places = batches.Batch(step);
        int features = table.Columns.Length, longest = 0;
        foreach (int place in places)
        {
            longest = Math.Max(longest, lengths[place]);
        }
        Span<float> input = x.AsSpan(0, longest * Batch * features);
        input.Clear();
        y.AsSpan().Clear();
        for (int b = 0; b < places.Length; b++)
        {
            int sequence = first + places[b], start = table.FirstRow(sequence);
            (rows[b], y[b]) = (lengths[places[b]], scaler.ScaleToSingle(0, table.Targets[sequence]));
            for (int t = 0; t < rows[b]; t++)
            {
                for (int f = 0; f < features; f++)
                {
                    input[(t * Batch + b) * features + f] = scaler.ScaleToSingle(1 + f, table.Columns[f][start + t]);
                }
            }
        }
        model.Set(input, y, rows.AsSpan(0, places.Length));
        return [.. places.ToArray().Select(place => first + place)];
    }
}
