namespace LstmGpu.Tasks.Verification;

/// <summary>Why no option of a layer expresses a vector case.</summary>
internal static class VectorObstacle
{
    /// <summary>The reason, or null where a layer can run the case.</summary>
    public static string? Of(VectorCase source, VectorSizes sizes) =>
        OfKind(source) ?? OfActivations(source) ?? OfClip(source, sizes) ?? OfMask(source, sizes);

    private static string? OfKind(VectorCase source)
    {
        if (source.Notes.Contains("UPSTREAM DEFECT", StringComparison.Ordinal))
        {
            return "its notes mark a published value as wrong";
        }
        return source.Kind switch
        {
            "forward" or "backward" or "bptt_gradient" => null,
            "backward_from_cache" => "it gives the activations that backward starts from, and a layer keeps its own",
            _ => $"kind {source.Kind}: it is more than a layer",
        };
    }

    private static string? OfActivations(VectorCase source)
    {
        string[] names = source.Activations;
        bool Usual(int n, string name) => source.Cell switch
        {
            "LSTM" => name == (n % 3 == 0 ? "sigmoid" : "tanh"),
            "GRU" => name == (n % 2 == 0 ? "sigmoid" : "tanh"),
            _ => name is "tanh" or "relu",
        };
        return names.Where((name, n) => !Usual(n, name)).Any() ? $"activations {string.Join(", ", names)}" : null;
    }

    // A clip beyond the largest sum that a gate can have changes nothing. It is not the clip of the cell, which is an option.
    private static string? OfClip(VectorCase source, VectorSizes sizes)
    {
        if (source.Clip is not { } clip)
        {
            return null;
        }
        double x = Largest(source.Input("X")), h = Math.Max(1, Largest(source.Input("initial_h"))), c = sizes.T + Largest(source.Input("initial_c"));
        double Rows(string name, int columns) => source.Weight(name) is { } weight ? weight.Data.Chunk(columns).Max(row => row.Sum(Math.Abs)) : 0;
        double bound = (x * Rows("W", sizes.I)) + (h * Rows("R", sizes.H)) + (2 * Largest(source.Weight("B"))) + (c * Largest(source.Weight("P")));
        bool unbounded = source.Cell == "RNN" && source.Activations.Contains("relu");
        return unbounded || bound > clip ? FormattableString.Invariant($"clip of the gates at {clip}") : null;
    }

    private static string? OfMask(VectorCase source, VectorSizes sizes)
    {
        if (source.Input("mask") is not { } mask)
        {
            return null;
        }
        VectorMask read = VectorMask.Of(mask, sizes, source.Direction);
        return read.Lengths is null ? "the mask is no padding behind each row's last step" : null;
    }

    private static double Largest(VectorTensor? tensor) => tensor is null || tensor.Data.Length == 0 ? 0 : tensor.Data.Max(Math.Abs);
}
