namespace LstmGpu.Tasks.Verification;

/// <summary>Sizes of a vector case: T steps, B batch, I input, H hidden, D directions, G gate blocks.</summary>
internal readonly record struct VectorSizes(int T, int B, int I, int H, int D, int G)
{
    public static VectorSizes Of(VectorCase source)
    {
        int[] x = Rank3(source.Input("X"), "X"), r = Rank3(source.Weight("R"), "R"), w = Rank3(source.Weight("W"), "W");
        int gates = source.Cell switch { "LSTM" => 4, "GRU" => 3, "RNN" => 1, _ => throw new FormatException($"the cell is '{source.Cell}', expected LSTM, GRU or RNN") };
        VectorSizes sizes = new(x[source.BatchFirst ? 1 : 0], x[source.BatchFirst ? 0 : 1], x[2], r[2], source.Direction == "bidirectional" ? 2 : 1, gates);
        if (!r.SequenceEqual([sizes.D, gates * sizes.H, sizes.H]) || !w.SequenceEqual([sizes.D, gates * sizes.H, sizes.I]))
        {
            throw new FormatException(
                $"R is [{string.Join(",", r)}] and W [{string.Join(",", w)}], expected [{sizes.D},{gates * sizes.H},{sizes.H}] and [{sizes.D},{gates * sizes.H},{sizes.I}]");
        }
        return sizes;
    }

    private static int[] Rank3(VectorTensor? tensor, string name) =>
        tensor is { Shape.Length: 3 } ? tensor.Shape : throw new FormatException($"{name} is absent or has not three axes");
}
