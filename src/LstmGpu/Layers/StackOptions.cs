using LstmGpu.Devices;

namespace LstmGpu.Layers;

/// <summary>What a stack of recurrent layers is made of. Probabilities are those of dropping, or for zoneout of keeping the old value.</summary>
internal sealed record StackOptions
{
    public CellKind Cell { get; init; }

    public int Layers { get; init; } = 1;

    /// <summary>Both of PyTorch's biases, or none.</summary>
    public bool Bias { get; init; } = true;

    public bool Bidirectional { get; init; }

    /// <summary>Width of h where it is projected (LSTM); 0: the hidden size.</summary>
    public int Projection { get; init; }

    public CellOptions CellOptions { get; init; }

    /// <summary>On the output of every layer but the last.</summary>
    public float Dropout { get; init; }

    /// <summary>On the output of the last layer.</summary>
    public float OutputDropout { get; init; }

    /// <summary>On the input of the first layer.</summary>
    public float InputDropout { get; init; }

    /// <summary>One mask for all steps in the three above (Gal and Ghahramani 2016).</summary>
    public bool Variational { get; init; }

    /// <summary>On h' where the recurrent product reads it, one mask for all steps (Gal and Ghahramani 2016).</summary>
    public float HiddenDropout { get; init; }

    /// <summary>On the candidate g or n (Semeniuta et al. 2016).</summary>
    public float RecurrentDropout { get; init; }

    /// <summary>On the elements of W_hh, one mask per window (Merity et al. 2018).</summary>
    public float WeightDrop { get; init; }

    /// <summary>α of AR on the output of the last layer after dropout, β of TAR on it before (Merity et al. 2017). They reach the gradient only.</summary>
    public float ActivationPenalty { get; init; }

    public float TemporalPenalty { get; init; }

    public int Directions => Bidirectional ? 2 : 1;

    /// <summary>Whether a layer is what nn.LSTM with its own options is: the fused path.</summary>
    public bool IsPlainLstm => Cell == CellKind.Lstm && CellOptions == default && Projection == 0 && HiddenDropout == 0 && RecurrentDropout == 0;

    /// <summary>The options that every cell has.</summary>
    public static StackOptions Of(RecurrentOptions options, CellKind cell) => new()
    {
        Cell = cell,
        Layers = options.Layers,
        Bias = options.Bias,
        Bidirectional = options.Bidirectional,
        Dropout = (float)options.Dropout,
        InputDropout = (float)options.InputDropout,
        OutputDropout = (float)options.OutputDropout,
        Variational = options.Variational,
        HiddenDropout = (float)options.HiddenDropout,
        RecurrentDropout = (float)options.RecurrentDropout,
        WeightDrop = (float)options.WeightDrop,
        CellOptions = new(ZoneoutHidden: (float)options.ZoneoutHidden),
    };
}
