namespace LstmGpu.Tasks.Verification;

/// <summary>Runs a vector case through public layers, in the case's own layout, and compares what it expects.</summary>
internal sealed class VectorReplay
{
    private readonly VectorCase source;
    private readonly VectorSizes sizes;
    private readonly VectorMask mask;
    private readonly Dictionary<string, float[]> found;

    private VectorReplay(VectorCase source, VectorSizes sizes)
    {
        (this.source, this.sizes) = (source, sizes);
        mask = source.Input("mask") is { } given ? VectorMask.Of(given, sizes, source.Direction) : default;
        int state = sizes.D * sizes.B * sizes.H, gates = sizes.D * sizes.G * sizes.H;
        found = new(StringComparer.Ordinal)
        {
            ["Y"] = new float[sizes.T * state],
            ["Y_h"] = new float[state],
            ["Y_c"] = new float[state],
            ["dX"] = new float[sizes.T * sizes.B * sizes.I],
            ["dW"] = new float[gates * sizes.I],
            ["dR"] = new float[gates * sizes.H],
            ["dB"] = new float[2 * gates],
            ["dP"] = new float[sizes.D * 3 * sizes.H],
            ["dh0"] = new float[state],
            ["dc0"] = new float[state],
        };
    }

    /// <exception cref="DataException">The case does not follow the schema.</exception>
    public static CaseVerdict Run(Device device, VectorCase source) => VectorFolder.Checked(
        $"case '{source.Id}' of '{source.File}'",
        () =>
        {
            VectorSizes sizes = VectorSizes.Of(source);
            VerificationTolerance tolerance = new(source.Tolerance, source.RelativeTolerance);
            string shape = $"{source.Cell} {source.Direction} T={sizes.T} B={sizes.B} I={sizes.I} H={sizes.H}";
            if (VectorObstacle.Of(source, sizes) is { } obstacle)
            {
                return new CaseVerdict(source.Id, shape, tolerance, [], obstacle);
            }
            VectorReplay replay = new(source, sizes);
            foreach (VectorPass pass in replay.Passes())
            {
                replay.Run(device, pass);
            }
            return new CaseVerdict(source.Id, shape, tolerance, replay.Compare(tolerance));
        });

    // A layer has one cell: directions with different activations are layers of their own. The reverse direction alone is that of a bidirectional
    // layer whose other half is zero.
    private IEnumerable<VectorPass> Passes()
    {
        bool reverse = source.Direction == "reverse" && !mask.Flipped;
        bool[] relu = [.. Enumerable.Range(0, sizes.D).Select(d => source.Cell == "RNN" && source.Activations.ElementAtOrDefault(d) == "relu")];
        return (sizes.D, reverse) switch
        {
            (1, false) => [new(source, sizes, Forward: 0, Reverse: null, relu[0])],
            (1, true) => [new(source, sizes, Forward: null, Reverse: 0, relu[0])],
            _ when relu[0] == relu[1] => [new(source, sizes, Forward: 0, Reverse: 1, relu[0])],
            _ => [new(source, sizes, Forward: 0, Reverse: null, relu[0]), new(source, sizes, Forward: null, Reverse: 1, relu[1])],
        };
    }

    private void Run(Device device, VectorPass pass)
    {
        int[] lengths = mask.Lengths ?? [.. (source.Input("sequence_lens")?.Data ?? []).Select(length => (int)length)];
        using Recurrent layer = CaseReplay.Layer(device, pass.Options());
        pass.Write(layer);
        RecurrentState? state = pass.State(source.Input("initial_h"), source.Input("initial_c"));
        float[] x = [.. source.Input("X")!.Data.Select(value => (float)value)];
        RecurrentOutput output = layer.Forward(mask.Flipped ? Flip(x, sizes.I) : x, sizes.T, sizes.B, state, lengths);
        pass.ReadOutput(output, found);
        if (mask.Lengths is not null)
        {
            ReadMasked(pass, lengths);
        }
        float[] dOutput = pass.Output(source.Upstream("dY"));
        RecurrentGradient gradient = layer.Backward(dOutput, pass.State(source.Upstream("dY_h"), source.Upstream("dY_c")));
        float[] dX = found["dX"];
        for (int n = 0; n < dX.Length; n++)
        {
            dX[n] += gradient.Input[n];
        }
        pass.ReadGradients(layer, gradient.State, found);
    }

    private void ReadMasked(VectorPass pass, int[] lengths)
    {
        if (!source.ZeroOutputForMask)
        {
            pass.RepeatLastOutput(found["Y"], lengths);
        }
        if (mask.Flipped)
        {
            found["Y"] = Flip(found["Y"], sizes.D * sizes.H);
        }
    }

    // Time of [B,T,width] or [T,B,width], backwards; Y is [T,D,B,H], so its steps are B·D·H apart.
    private float[] Flip(float[] sequence, int width)
    {
        if (source.BatchFirst)
        {
            return [.. sequence.Chunk(sizes.T * width).SelectMany(row => row.Chunk(width).Reverse().SelectMany(step => step))];
        }
        return [.. sequence.Chunk(sizes.B * width).Reverse().SelectMany(step => step)];
    }

    private List<TensorVerdict> Compare(VerificationTolerance tolerance)
    {
        List<TensorVerdict> tensors = [];
        foreach (string name in source.ExpectedNames)
        {
            VectorTensor expected = source.Expected(name)!;
            float[] actual = found.TryGetValue(name, out float[]? values) ? values : throw new FormatException($"it expects '{name}', and there is {string.Join(", ", found.Keys)}");
            if (name == "dB" && expected.Data.Length * 2 == actual.Length)
            {
                // From a source with one bias: that of the input half.
                actual = [.. actual.Chunk(2 * sizes.G * sizes.H).SelectMany(both => both.Take(sizes.G * sizes.H))];
            }
            if (expected.Data.Length != actual.Length)
            {
                throw new FormatException($"it expects {expected.Data.Length} values of '{name}', and there are {actual.Length}");
            }
            tensors.Add(TensorComparison.Compare(name, [.. expected.Shape.Select(size => (long)size)], expected.Data, actual, tolerance, isSum: false));
        }
        return tensors.Count > 0 ? tensors : throw new FormatException("it expects nothing");
    }
}
