namespace LstmGpu.Tasks.Verification;

/// <summary>One layer of a vector case: which of the case's directions its two directions are, and the way between the case's tensors and its own.</summary>
/// <param name="Forward">The case's direction that the layer's first is, or null: it is not there, or zero.</param>
/// <param name="Reverse">The case's direction that the layer's second is, or null: it is not there.</param>
internal sealed record VectorPass(VectorCase Source, VectorSizes Sizes, int? Forward, int? Reverse, bool Relu)
{
    // The blocks of a layer's weights, in the letters of gate_order: c is the candidate of an LSTM, h that of a GRU.
    private string GateLetters => Source.Cell switch { "LSTM" => "ifco", "GRU" => "rzh", _ => "i" };

    private int Directions => Reverse is null ? 1 : 2;

    private IEnumerable<(int Slot, int D, string Suffix)> Used
    {
        get
        {
            if (Forward is { } forward)
            {
                yield return (0, forward, "_l0");
            }
            if (Reverse is { } reverse)
            {
                yield return (1, reverse, "_l0_reverse");
            }
        }
    }

    private bool HasCell => Source.Cell == "LSTM";

    public RecurrentOptions Options()
    {
        RecurrentOptions options = Source.Cell switch
        {
            "LSTM" => new LstmOptions
            {
                InputSize = Sizes.I,
                HiddenSize = Sizes.H,
                Peepholes = Source.Weight("P") is not null,
                CoupledInputForget = Source.Coupled,
            },
            "GRU" => new GruOptions { InputSize = Sizes.I, HiddenSize = Sizes.H, ResetAfter = Source.LinearBeforeReset },
            _ => new RnnOptions { InputSize = Sizes.I, HiddenSize = Sizes.H, Relu = Relu },
        };
        return options with { Bias = Source.Weight("B") is not null, BatchFirst = Source.BatchFirst, Bidirectional = Reverse is not null };
    }

    public void Write(Recurrent layer)
    {
        foreach ((_, int d, string suffix) in Used)
        {
            void Set(string name, double[] values) => layer.Parameters.Single(p => p.Name == name + suffix).Write([.. values.Select(value => (float)value)]);
            Set("weight_ih", Blocks(Source.Weight("W")!.Part(d), Sizes.I, toLayer: true));
            Set("weight_hh", Blocks(Source.Weight("R")!.Part(d), Sizes.H, toLayer: true));
            if (Source.Weight("B")?.Part(d) is { } bias)
            {
                int half = Sizes.G * Sizes.H;
                Set("bias_ih", Blocks(bias[..half], 1, toLayer: true));
                Set("bias_hh", Blocks(bias[half..], 1, toLayer: true));
            }
            if (Source.Weight("P")?.Part(d) is { } peepholes)
            {
                Set("weight_peephole", Peepholes(peepholes));
            }
        }
    }

    /// <summary>The case's states in the layer's order, zero where there are none; null where there are none at all.</summary>
    public RecurrentState? State(VectorTensor? h, VectorTensor? c) => h is null && c is null ? null : new(State(h), HasCell ? State(c) : []);

    /// <summary>The case's [T,D,B,H] or [B,T,D,H] in the layer's shape.</summary>
    public float[] Output(VectorTensor? sequence)
    {
        float[] values = new float[Sizes.T * Sizes.B * Directions * Sizes.H];
        if (sequence is not null)
        {
            ForEachOutput((theirs, own, _, _) => values[own] = (float)sequence.Data[theirs]);
        }
        return values;
    }

    public void ReadOutput(RecurrentOutput output, Dictionary<string, float[]> found)
    {
        ForEachOutput((theirs, own, _, _) => found["Y"][theirs] = output.Output[own]);
        ReadState(output.State, found["Y_h"], found["Y_c"]);
    }

    /// <summary>Masked steps have the output of the last step before them.</summary>
    public void RepeatLastOutput(float[] y, int[] lengths) => ForEachOutput((theirs, _, t, b) =>
    {
        if (t >= lengths[b] && t > 0)
        {
            y[theirs] = y[theirs - StepStride];
        }
    });

    public void ReadGradients(Recurrent layer, RecurrentState state, Dictionary<string, float[]> found)
    {
        ReadState(state, found["dh0"], found["dc0"]);
        foreach ((_, int d, string suffix) in Used)
        {
            double[] Gradient(string name)
            {
                Parameter? parameter = layer.Parameters.SingleOrDefault(p => p.Name == name + suffix);
                float[] values = new float[parameter?.Count ?? 0];
                parameter?.ReadGradient(values);
                return [.. values];
            }
            void Put(string name, double[] values)
            {
                float[] all = found[name];
                for (int n = 0; n < values.Length; n++)
                {
                    all[(d * values.Length) + n] = (float)values[n];
                }
            }
            Put("dW", Blocks(Gradient("weight_ih"), Sizes.I, toLayer: false));
            Put("dR", Blocks(Gradient("weight_hh"), Sizes.H, toLayer: false));
            if (Source.Weight("B") is not null)
            {
                Put("dB", [.. Blocks(Gradient("bias_ih"), 1, toLayer: false), .. Blocks(Gradient("bias_hh"), 1, toLayer: false)]);
            }
            if (Source.Weight("P") is not null)
            {
                Put("dP", Peepholes(Gradient("weight_peephole")));
            }
        }
    }

    private int StepStride => Source.BatchFirst ? Sizes.D * Sizes.H : Sizes.D * Sizes.B * Sizes.H;

    // i, o, f in the case; i, f, o in a layer: its own inverse.
    private double[] Peepholes(double[] values) => [.. values[..Sizes.H], .. values[(2 * Sizes.H)..], .. values[Sizes.H..(2 * Sizes.H)]];

    private double[] Blocks(double[] matrix, int columns, bool toLayer)
    {
        int block = Sizes.H * columns;
        double[] result = new double[matrix.Length];
        for (int gate = 0; gate < Sizes.G; gate++)
        {
            int theirs = Source.GateOrder.IndexOf(GateLetters[gate], StringComparison.Ordinal);
            if (theirs < 0)
            {
                throw new FormatException($"the gate order is '{Source.GateOrder}', expected one of the letters {GateLetters}");
            }
            (int from, int to) = toLayer ? (theirs, gate) : (gate, theirs);
            Array.Copy(matrix, from * block, result, to * block, block);
        }
        return result;
    }

    private float[] State(VectorTensor? state)
    {
        float[] values = new float[Directions * Sizes.B * Sizes.H];
        if (state is not null)
        {
            ForEachState((theirs, own) => values[own] = (float)state.Data[theirs]);
        }
        return values;
    }

    private void ReadState(RecurrentState state, float[] h, float[] c) => ForEachState((theirs, own) =>
    {
        h[theirs] = state.Hidden[own];
        c[theirs] = HasCell ? state.Cell[own] : 0;
    });

    private void ForEachState(Action<int, int> element)
    {
        foreach ((int slot, int d, _) in Used)
        {
            for (int b = 0; b < Sizes.B; b++)
            {
                int theirs = (Source.BatchFirst ? (b * Sizes.D) + d : (d * Sizes.B) + b) * Sizes.H, own = ((slot * Sizes.B) + b) * Sizes.H;
                for (int h = 0; h < Sizes.H; h++)
                {
                    element(theirs + h, own + h);
                }
            }
        }
    }

    // In the order of time.
    private void ForEachOutput(Action<int, int, int, int> element)
    {
        foreach ((int slot, int d, _) in Used)
        {
            for (int t = 0; t < Sizes.T; t++)
            {
                for (int b = 0; b < Sizes.B; b++)
                {
                    int row = Source.BatchFirst ? (b * Sizes.T) + t : (t * Sizes.B) + b;
                    int theirs = (Source.BatchFirst ? (row * Sizes.D) + d : (((t * Sizes.D) + d) * Sizes.B) + b) * Sizes.H;
                    int own = ((row * Directions) + slot) * Sizes.H;
                    for (int h = 0; h < Sizes.H; h++)
                    {
                        element(theirs + h, own + h, t, b);
                    }
                }
            }
        }
    }
}
