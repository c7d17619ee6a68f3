namespace LstmGpu.Tasks.Verification;

/// <summary>Keras' mask [B,T] as lengths.</summary>
/// <param name="Lengths">[B], or null where no lengths say the same.</param>
/// <param name="Flipped">The lengths are those of the sequence read backwards: a reverse layer that starts behind padding, as a forward one of the reversed input.</param>
internal readonly record struct VectorMask(int[]? Lengths, bool Flipped)
{
    public static VectorMask Of(VectorTensor mask, VectorSizes sizes, string direction)
    {
        bool[][] rows = [.. mask.Data.Select(value => value != 0).Chunk(sizes.T)];
        int[] lengths = [.. rows.Select(row => row.Count(valid => valid))];
        if (Padded(rows, lengths))
        {
            return new(lengths, Flipped: false);
        }
        bool[][] backwards = [.. rows.Select(row => row.Reverse().ToArray())];
        return direction == "reverse" && Padded(backwards, lengths) ? new(lengths, Flipped: true) : new(null, Flipped: false);
    }

    private static bool Padded(bool[][] rows, int[] lengths) => rows.Zip(lengths, (row, length) => row.Take(length).All(valid => valid)).All(padded => padded);
}
