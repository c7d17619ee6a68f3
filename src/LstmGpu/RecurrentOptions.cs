namespace LstmGpu;

/// <summary>
/// What every recurrent network has: the arguments of PyTorch's nn.LSTM, nn.GRU and nn.RNN under their names, and regularisation inside the recurrence.
/// Probabilities are those of dropping, for zoneout of keeping the old value; at evaluation (no <see cref="DropoutMasks"/>) nothing is dropped and
/// zoneout takes its expectation.
/// </summary>
public abstract record RecurrentOptions
{
    /// <summary>I: features of the input.</summary>
    public required int InputSize { get; init; }

    /// <summary>H: units of a layer.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>L.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Both of PyTorch's biases, or none.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Input and output are [B,T,·] instead of [T,B,·]. States are [L·D,B,·] in either case, as PyTorch's.</summary>
    public bool BatchFirst { get; init; }

    /// <summary>D = 2: a second set of layers reads each row from its own last step to its first; outputs stand side by side.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>On the output of every layer but the last.</summary>
    public double Dropout { get; init; }

    /// <summary>On the input of the first layer.</summary>
    public double InputDropout { get; init; }

    /// <summary>On the output of the last layer.</summary>
    public double OutputDropout { get; init; }

    /// <summary>The three above use one mask for all steps (Gal and Ghahramani 2016).</summary>
    public bool Variational { get; init; }

    /// <summary>On the previous h where the recurrent product reads it, one mask for all steps (Gal and Ghahramani 2016).</summary>
    public double HiddenDropout { get; init; }

    /// <summary>On the candidate g or n (Semeniuta et al. 2016). Not for the plain RNN, which has none.</summary>
    public double RecurrentDropout { get; init; }

    /// <summary>On the elements of W_hh, one mask per pass (Merity et al. 2018).</summary>
    public double WeightDrop { get; init; }

    /// <summary>h keeps its value of the step before (Krueger et al. 2017).</summary>
    public double ZoneoutHidden { get; init; }
}

/// <summary>An LSTM: PyTorch's nn.LSTM, and its published variants.</summary>
public sealed record LstmOptions : RecurrentOptions
{
    /// <summary>P: h is W_hr·(o∘tanh c) of this width, smaller than H (Sak et al. 2014; proj_size); 0: no projection.</summary>
    public int ProjectionSize { get; init; }

    /// <summary>The gates see c: i and f the old one, o the new one (Gers and Schmidhuber 2000).</summary>
    public bool Peepholes { get; init; }

    /// <summary>f = 1 − i (Greff et al. 2017; ONNX's input_forget).</summary>
    public bool CoupledInputForget { get; init; }

    /// <summary>c is clamped to ± this; 0: not at all.</summary>
    public double CellClip { get; init; }

    /// <summary>Layer normalisation of both parts of the gates and of c on its way to h (Ba, Kiros and Hinton 2016).</summary>
    public bool LayerNorm { get; init; }

    /// <summary>c keeps its value of the step before (Krueger et al. 2017).</summary>
    public double ZoneoutCell { get; init; }

    /// <summary>Value of the forget-gate bias after <see cref="Recurrent.Initialise"/>; null: PyTorch's uniform draw.</summary>
    public double? ForgetBias { get; init; }
}

/// <summary>A gated recurrent unit (Cho et al. 2014).</summary>
public sealed record GruOptions : RecurrentOptions
{
    /// <summary>r scales W_hn·h' + b_hn (PyTorch, cuDNN); false: r scales h' itself (the paper; ONNX's default).</summary>
    public bool ResetAfter { get; init; } = true;
}

/// <summary>A plain recurrent network (Elman 1990).</summary>
public sealed record RnnOptions : RecurrentOptions
{
    /// <summary>max(0, ·) instead of tanh.</summary>
    public bool Relu { get; init; }
}
